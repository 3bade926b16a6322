"""The API: what a specialist system calls under ``/v1``, and the transparency log under ``/log``.

It promises: every answer is JSON, every refusal a problem document (RFC 9457) with a stable code; an access token is
verified before anything else is looked at; what belongs to another authority is not found.
"""
