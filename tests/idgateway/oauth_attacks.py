"""Which test stands for which known attack on OAuth, OpenID Connect and their sessions; or, in a sentence, why none does.

Keys: ``R`` redirect and response, ``P`` PKCE and codes, ``J`` JSON Web Tokens, ``T`` tokens and clients, ``S`` sessions
and federation. A tuple names tests, as file (from the folder of all tests) and function; a text says why there is none.
Sources: RFC 9700, RFC 8725, OpenID Connect Core 16, and what other implementations had to repair.
"""

_LOGIN, _PROVIDER = "idgateway/login", "idgateway/provider"
_CONFORMANCE, _OIDC = "idgateway/conformance", "idgateway/upstream/oidc"
_AUTHORIZE, _BROWSER = f"{_LOGIN}/test_authorize_attacks.py", f"{_LOGIN}/test_browser_attacks.py"
_TOKEN, _TOKENS = f"{_LOGIN}/test_token_attacks.py", "keys/test_tokens.py"
_REGISTRATION = "idgateway/registration/test_metadata.py"
_NAMES = "idgateway/registration/test_names.py"
_ACCOUNT, _CONSENT = f"{_LOGIN}/test_account.py", f"{_LOGIN}/test_consent.py"
_ADDRESSES = "idgateway/test_addresses.py"
_MORE = f"{_PROVIDER}/test_more_attacks.py"
_DISCIPLINE = f"{_ADDRESSES}::test_every_answer_keeps_the_discipline"

REDIRECT: dict[str, tuple[str, ...] | str] = {
    "R1": (
        f"{_AUTHORIZE}::test_r1_another_address_gets_a_page_and_never_a_redirect",
        f"{_CONFORMANCE}/test_basic_requests.py::test_oidcc_ensure_registered_redirect_uri",
    ),
    "R2": (f"{_AUTHORIZE}::test_r2_no_fault_opens_a_redirect_to_an_unproven_address",),
    "R3": (
        f"{_OIDC}/test_id_token.py::test_answers_of_another_provider",
        f"{_OIDC}/test_staff.py::test_missing_iss_counts_only_where_it_was_promised",
        f"{_BROWSER}::test_unsolicited_and_foreign_answers_are_nobodys",
    ),
    "R4": (
        f"{_TOKEN}::test_p2_p4_a_wrong_or_missing_verifier_is_an_invalid_grant",
        f"{_TOKEN}::test_p6_a_code_is_worth_nothing_at_another_client",
        f"{_OIDC}/test_staff.py::test_claims_that_are_wrong",
    ),
    "R5": (
        f"{_ADDRESSES}::test_r5_a_state_is_good_for_one_browser_and_one_login",
        f"{_BROWSER}::test_s2_a_login_cannot_be_finished_in_another_browser",
    ),
    "R6": (_DISCIPLINE, "runtime/test_shell.py::test_a_slash_too_many_leads_on_and_names_no_host"),
    "R7": (_DISCIPLINE, f"{_PROVIDER}/test_response_modes.py::test_a_code_is_posted"),
    "R8": (_DISCIPLINE, "postbox/test_addresses.py::test_every_answer_keeps_the_discipline"),
    "R9": (f"{_ADDRESSES}::test_r9_no_form_posts_into_a_script",),
    "R10": (
        f"{_AUTHORIZE}::test_r10_a_repeated_client_or_address_gets_a_page",
        f"{_AUTHORIZE}::test_r10_any_other_repeated_parameter_is_an_invalid_request",
        f"{_BROWSER}::test_r10_an_answer_with_a_repeated_parameter_is_refused",
        f"{_PROVIDER}/test_logout.py::test_r10_a_parameter_twice_is_refused",
    ),
}
CODES: dict[str, tuple[str, ...] | str] = {
    "P1": (
        f"{_MORE}::test_p1_a_verifier_without_a_challenge_is_a_downgrade",
        f"{_PROVIDER}/test_profiles.py::test_only_a_client_registered_so_goes_without_pkce",
    ),
    "P2": (f"{_TOKEN}::test_p2_p4_a_wrong_or_missing_verifier_is_an_invalid_grant",),
    "P3": (f"{_AUTHORIZE}::test_each_check_answers_with_its_own_error",),
    "P4": (f"{_TOKEN}::test_p2_p4_a_wrong_or_missing_verifier_is_an_invalid_grant",),
    "P5": (f"{_PROVIDER}/test_profiles.py::test_half_a_challenge_is_refused_from_everyone",),
    "P6": (
        f"{_TOKEN}::test_p6_a_code_is_worth_nothing_at_another_client",
        f"{_TOKEN}::test_p6_the_address_is_repeated_exactly",
        f"{_TOKEN}::test_p6_of_parallel_redemptions_one_wins",
        f"{_PROVIDER}/test_races.py::test_e6_a_code_is_spent_once",
        f"{_PROVIDER}/test_refresh.py::test_p6_the_reuse_of_a_code_ends_refresh_tokens_too",
    ),
    "P7": (
        f"{_MORE}::test_p7_a_code_is_worth_nothing_after_the_logout",
        f"{_LOGIN}/test_reused_sessions.py::test_a_logout_that_was_faster_leaves_no_code_behind",
        f"{_ACCOUNT}::test_withdrawing_ends_codes_tokens_and_asks_again",
        f"{_ACCOUNT}::test_unlinking_ends_everything_but_the_evidence",
        f"{_PROVIDER}/test_races.py::test_e6_taking_back_ends_a_login_that_is_being_finished",
    ),
}
JWT: dict[str, tuple[str, ...] | str] = {
    "J1": (
        f"{_TOKENS}::test_a_public_key_does_not_serve_as_an_hmac_secret",
        f"{_TOKENS}::test_an_algorithm_that_was_not_agreed_is_refused",
        f"{_OIDC}/test_id_token.py::test_only_the_registered_algorithm",
    ),
    "J2": (
        f"{_TOKENS}::test_a_token_without_signature_is_refused",
        f"{_OIDC}/test_id_token.py::test_forged_signatures",
    ),
    "J3": (f"{_TOKENS}::test_keys_inside_the_token_are_never_used",),
    "J4": (f"{_TOKENS}::test_the_key_is_chosen_by_kid_and_never_guessed",),
    "J5": (f"{_TOKENS}::test_critical_headers_are_refused",),
    "J6": (f"{_TOKENS}::test_critical_headers_are_refused",),
    "J7": (
        f"{_TOKENS}::test_an_encrypted_token_of_another_kind_is_refused",
        f"{_MORE}::test_j7_j8_nothing_encrypted_is_opened_for_a_stranger",
    ),
    "J8": (f"{_MORE}::test_j7_j8_nothing_encrypted_is_opened_for_a_stranger",),
    "J9": (
        f"{_TOKENS}::test_a_payload_that_is_no_single_meaning_object_is_refused",
        f"{_OIDC}/test_id_token.py::test_a_claim_that_stands_twice",
    ),
    "J10": (
        f"{_TOKENS}::test_times_that_are_no_numbers_are_refused",
        f"{_TOKEN}::test_j13_an_assertion_for_others_or_for_ever_is_refused",
    ),
    "J11": (
        f"{_PROVIDER}/test_times.py::test_e8_every_time_is_judged_as_the_table_says",
        "postbox/api/test_times.py::test_e8_every_time_is_judged_as_the_table_says",
    ),
    "J12": (
        f"{_TOKEN}::test_j12_our_own_tokens_are_no_client_assertions",
        f"{_PROVIDER}/test_request_object.py::test_j12_a_request_object_is_no_client_assertion_and_none_is_one",
        f"{_PROVIDER}/test_userinfo.py::test_j12_signed_userinfo_is_no_id_token",
        f"{_CONFORMANCE}/test_backchannel_logout.py::test_j12_a_logout_token_is_nothing_else",
        f"{_CONFORMANCE}/test_fapi2_message_signing.py::test_j12_a_signed_answer_is_no_id_token",
        f"{_TOKENS}::test_the_type_keeps_tokens_apart",
    ),
    "J13": (
        f"{_TOKEN}::test_j13_an_assertion_for_others_or_for_ever_is_refused",
        f"{_TOKEN}::test_an_assertion_counts_once_whatever_came_of_it",
        f"{_PROVIDER}/test_introspection.py::test_an_assertion_counts_once_whatever_the_endpoint",
        f"{_PROVIDER}/test_races.py::test_e6_an_assertion_counts_once",
        f"{_PROVIDER}/test_authentication.py::test_fapi2_takes_the_issuer_alone_as_a_plain_string",
        f"{_OIDC}/test_staff.py::test_client_assertion",
    ),
    "J14": (
        f"{_PROVIDER}/test_reach.py::test_j14_t9_no_document_is_fetched_from_inside",
        f"{_PROVIDER}/test_reach.py::test_j14_a_redirect_is_no_document",
        f"{_PROVIDER}/test_reach.py::test_j14_a_document_without_end_is_cut",
        f"{_PROVIDER}/test_reach.py::test_j14_a_document_that_drips_meets_the_deadline",
        f"{_PROVIDER}/test_client_keys.py::test_j14_what_is_no_key_set_is_none",
        "keys/test_foreign.py::test_j14_a_key_set_that_should_not_be_trusted_is_refused",
    ),
}
TOKENS: dict[str, tuple[str, ...] | str] = {
    "T1": (
        f"{_PROVIDER}/test_refresh.py::test_t1_a_spent_token_ends_the_whole_family",
        f"{_PROVIDER}/test_refresh.py::test_t1_after_the_grace_a_lost_answer_is_reuse",
        f"{_PROVIDER}/test_races.py::test_e6_a_refresh_token_has_one_successor",
    ),
    "T2": (
        f"{_PROVIDER}/test_refresh.py::test_t2_a_token_is_worth_nothing_at_another_client",
        f"{_PROVIDER}/test_refresh.py::test_t2_a_scope_is_narrowed_and_never_widened",
    ),
    "T3": (f"{_PROVIDER}/test_userinfo.py::test_t3_a_token_for_another_audience_opens_nothing",),
    "T4": (f"{_PROVIDER}/test_introspection.py::test_t4_nobody_else_is_told_anything",),
    "T5": (f"{_PROVIDER}/test_introspection.py::test_t5_anothers_token_is_answered_alike_and_lives",),
    "T6": (
        f"{_CONFORMANCE}/test_fapi2_dpop.py::test_fapi2_security_profile_final_dpop_negative_tests",
        f"{_PROVIDER}/test_dpop.py::test_of_parallel_uses_of_one_proof_one_counts",
        f"{_PROVIDER}/test_dpop.py::test_a_refresh_token_stays_with_its_key",
        f"{_PROVIDER}/test_dpop.py::test_a_client_is_told_the_nonce_and_then_gets_its_tokens",
        "keys/test_possession.py::test_a_proof_that_proves_nothing_is_refused",
    ),
    "T7": "mutual TLS is not offered, so no header of any name stands for a certificate; tokens are bound by DPoP",
    "T8": (
        f"{_PROVIDER}/test_profiles.py::test_t8_a_way_back_is_a_safe_web_address",
        f"{_PROVIDER}/test_registry.py::test_the_same_rules_hold_for_what_comes_at_run_time",
        f"{_REGISTRATION}::test_t8_nobody_comes_without_an_invitation",
        f"{_REGISTRATION}::test_t8_redirect_uris_are_strict",
        f"{_REGISTRATION}::test_t8_metadata_are_strict",
        f"{_REGISTRATION}::test_t8_a_sector_is_proven_by_its_own_host",
        f"{_REGISTRATION}::test_t8_markup_in_what_a_client_says_is_inert",
    ),
    "T9": (
        f"{_PROVIDER}/test_reach.py::test_j14_t9_no_document_is_fetched_from_inside",
        f"{_PROVIDER}/test_request_uri.py::test_t9_another_address_is_not_even_looked_at",
        f"{_PROVIDER}/test_request_uri.py::test_t9_nothing_is_kept_so_nothing_is_confused",
        f"{_PROVIDER}/test_request_uri.py::test_t9_what_stands_there_has_to_be_a_signed_request",
        f"{_PROVIDER}/test_par.py::test_it_belongs_to_its_client_alone",
        f"{_PROVIDER}/test_par.py::test_what_the_browser_adds_does_not_count",
        f"{_PROVIDER}/test_limits.py::test_what_could_be_guessed_has_128_bits_and_more",
    ),
}
SESSIONS: dict[str, tuple[str, ...] | str] = {
    "S1": (
        f"{_BROWSER}::test_s1_every_login_gets_a_new_session",
        f"{_PROVIDER}/test_logout.py::test_s1_a_new_login_keeps_the_sessions_name_and_changes_its_handle",
    ),
    "S2": (
        f"{_BROWSER}::test_s2_a_login_cannot_be_finished_in_another_browser",
        f"{_LOGIN}/test_requests_by_form.py::test_s2_a_foreign_form_ends_no_login_that_is_open",
    ),
    "S3": (
        f"{_PROVIDER}/test_sectors.py::test_e10_the_same_name_or_another",
        f"{_LOGIN}/test_links.py::test_s7_two_towns_never_see_the_same_identifier",
        f"{_ACCOUNT}::test_s3_nobody_reaches_into_another_account",
        f"{_ACCOUNT}::test_s3_a_link_is_never_made_again_silently",
        f"{_ACCOUNT}::test_s3_a_page_that_did_not_say_so_makes_no_link_again",
        f"{_ACCOUNT}::test_s3_a_refusal_leaves_the_link_undone",
    ),
    "S4": (
        f"{_BROWSER}::test_s4_the_level_is_the_clients_minimum_or_more",
        f"{_BROWSER}::test_s4_a_login_below_the_needed_level_brings_no_code",
        f"{_BROWSER}::test_s4_an_upstream_that_forgets_to_check_is_not_believed",
        f"{_PROVIDER}/test_levels.py::test_e9_the_needed_level_is_the_oracles",
        f"{_PROVIDER}/test_levels.py::test_e9_through_the_door",
        f"{_LOGIN}/test_levels_at_the_door.py::test_e9_a_saml_answer_without_a_known_level_is_none",
        f"{_LOGIN}/test_levels_at_the_door.py::test_e9_an_id_token_is_worth_what_its_acr_says",
    ),
    "S5": (
        f"{_MORE}::test_s5_a_fresh_login_is_asked_of_the_account_too",
        f"{_OIDC}/test_request.py::test_who_must_log_in_anew",
        f"{_OIDC}/test_request.py::test_the_login_is_the_one_we_asked_for",
    ),
    "S6": (f"{_PROVIDER}/test_hints.py::test_s6_another_persons_session_answers_login_required",),
    "S7": (
        f"{_LOGIN}/test_links.py::test_s7_two_towns_never_see_the_same_identifier",
        f"{_LOGIN}/test_links.py::test_s7_a_rotated_key_changes_no_identifier",
        f"{_PROVIDER}/test_sectors.py::test_e10_the_same_name_or_another",
        f"{_MORE}::test_s7_no_sub_stands_in_the_log",
    ),
    "S8": (
        f"{_AUTHORIZE}::test_scopes_that_were_not_agreed_are_left_out",
        f"{_LOGIN}/test_story.py::test_the_claims_parameter_adds_what_was_agreed_and_nothing_else",
        f"{_CONSENT}::test_s8_voluntary_claims_are_never_ticked_beforehand",
        f"{_CONSENT}::test_s8_a_form_cannot_grant_more_than_was_asked",
        f"{_CONSENT}::test_s8_the_claims_parameter_asks_for_no_more_than_registered",
        f"{_CONSENT}::test_s8_prompt_consent_asks_again_without_a_new_login",
        f"{_CONSENT}::test_an_unclear_answer_is_none",
    ),
    "S9": (
        f"{_LOGIN}/test_story.py::test_what_the_account_sends_beyond_the_question_is_dropped",
        f"{_CONSENT}::test_s9_what_was_not_asked_for_is_neither_shown_nor_kept",
        f"{_CONSENT}::test_nothing_is_released_or_linked_before_the_answer",
    ),
    "S10": (
        f"{_PROVIDER}/test_logout.py::test_s10_nobody_is_logged_out_by_a_foreign_site",
        f"{_CONFORMANCE}/test_backchannel_logout.py::test_s10_an_address_never_leads_inside",
        f"{_CONFORMANCE}/test_backchannel_logout.py::test_whoever_does_not_hear_is_told_again",
        f"{_PROVIDER}/test_races.py::test_e6_after_a_logout_no_refresh_lives",
    ),
    "S11": (
        f"{_BROWSER}::test_two_logins_in_parallel_tabs_both_arrive",
        f"{_CONSENT}::test_s11_two_tabs_are_answered_each_by_itself",
        f"{_CONSENT}::test_a_reload_shows_the_page_again_and_the_answer_counts_once",
        f"{_LOGIN}/test_endings.py::test_going_back_after_the_login_leads_on",
        f"{_LOGIN}/test_endings.py::test_an_expired_login_begins_again_at_its_application",
    ),
    "S12": (
        f"{_BROWSER}::test_the_answer_opens_nothing_by_itself",
        f"{_MORE}::test_s12_s13_cookies_are_for_this_host_and_hold_nothing",
    ),
    "S13": (f"{_MORE}::test_s12_s13_cookies_are_for_this_host_and_hold_nothing",),
    "S14": (
        f"{_PROVIDER}/test_limits.py::test_every_endpoint_is_counted",
        f"{_PROVIDER}/test_limits.py::test_wrong_secrets_are_soon_refused_without_being_hashed",
        f"{_PROVIDER}/test_limits.py::test_a_strangers_guesses_lock_out_nobody_else",
        f"{_MORE}::test_s14_a_refusal_tells_nobody_what_exists",
    ),
    "S15": (
        f"{_ADDRESSES}::test_s15_no_address_believes_the_host_of_a_request",
        "postbox/test_addresses.py::test_s15_no_address_believes_the_host_of_a_request",
        "runtime/limits/test_door.py::test_nobody_is_believed_who_says_whose_request_it_is",
    ),
    "S16": (
        _DISCIPLINE,
        f"{_PROVIDER}/test_userinfo.py::test_s16_only_what_the_specifications_name_is_readable_from_anywhere",
    ),
    "S17": (
        _DISCIPLINE,
        f"{_PROVIDER}/test_userinfo.py::test_s17_nothing_personal_is_kept_on_the_way",
        "postbox/test_addresses.py::test_every_answer_keeps_the_discipline",
    ),
    "S18": (
        f"{_NAMES}::test_s18_what_looks_alike_is_alike",
        f"{_NAMES}::test_s18_no_application_carries_the_name_of_another",
        f"{_REGISTRATION}::test_t8_metadata_are_strict",
    ),
    "S19": (
        f"{_MORE}::test_s19_one_towns_keys_and_tokens_open_nothing_of_another",
        f"{_PROVIDER}/test_logout.py::test_logins_are_shared_only_where_both_registered_it_in_one_authority",
        "postbox/api/test_api.py::test_another_authoritys_notice_is_not_found",
    ),
}
ATTACKS = {**REDIRECT, **CODES, **JWT, **TOKENS, **SESSIONS}
