"""What each event means, in a sentence: German, English."""

from collections.abc import Mapping
from typing import Final

from postbox.proof.events import EventType

HAPPENINGS: Final[Mapping[EventType, tuple[str, str]]] = {
    EventType.SUBMISSION_ACCEPTED: ("eingeliefert und dauerhaft gespeichert", "submitted and stored durably"),
    EventType.CONTENT_CONSIGNMENT: ("im Postfach bereitgestellt", "made available in the postbox"),
    EventType.CONSIGNMENT_NOTIFICATION: ("Benachrichtigung dem Mailserver übergeben", "notification handed over"),
    EventType.CONSIGNMENT_NOTIFICATION_FAILURE: ("Benachrichtigung gescheitert", "notification failed"),
    EventType.CONTENT_HANDOVER: ("vollständig an die Verbindung übergeben", "handed to the connection completely"),
    EventType.CONTENT_HANDOVER_FAILURE: ("Übertragung abgebrochen", "transmission broke off"),
    EventType.LAPSED: ("nicht fristgerecht abgerufen, geschlossen", "not retrieved in time, closed"),
    EventType.HANDOVER_OFFERED: ("Abruf begonnen", "retrieval begun"),
    EventType.LEGAL_DAY_CORRECTED: ("Tag der Bereitstellung berichtigt", "day of making available corrected"),
    EventType.CONSIGNMENT_SCHEDULED: ("Bereitstellung für später vorgesehen", "scheduled for later"),
    EventType.HELD: ("angehalten", "held"),
    EventType.RELEASED: ("freigegeben", "released"),
    EventType.WITHDRAWN: ("zurückgezogen", "withdrawn"),
    EventType.CONTENT_ERASED: ("Inhalt gelöscht", "content erased"),
    EventType.REPLACED: ("durch einen anderen Bescheid ersetzt", "replaced by another notice"),
    EventType.RENEWED: ("erneut bekannt gegeben", "announced again"),
    EventType.ACKNOWLEDGED: ("Empfangsbekenntnis abgegeben", "receipt acknowledged"),
    EventType.REFUSED: ("Empfangsbekenntnis verweigert", "acknowledgement refused"),
    EventType.UNREADABLE: ("lässt sich nicht öffnen, sagt der Empfänger", "cannot be opened, says the recipient"),
    EventType.ANNOUNCED: ("gilt in jeder Lesart als bekannt gegeben", "counts as announced in every reading"),
    EventType.LETTER_ORDERED: ("Versand als Brief angeordnet", "to be sent as a letter, too"),
    EventType.RELAYED_TO_NON_ERDS: ("Druckauftrag für den Brief übergeben", "print job of the letter handed over"),
    EventType.POSTED: ("Brief zur Post gegeben, sagt die Behörde", "letter posted, says the authority"),
    EventType.RELAY_TO_NON_ERDS_FAILED: ("Brief kam zurück", "letter came back"),
    EventType.REMEDY_PERIOD_ENDED: ("letzte Frist abgelaufen", "last period over"),
    EventType.RECOMPUTED: ("Tage neu berechnet", "dates computed again"),
    EventType.LEGAL_HOLD_SET: ("Aufbewahrung über die Zeit hinaus", "kept beyond its time"),
    EventType.LEGAL_HOLD_LIFTED: ("Aufbewahrung läuft wieder", "its time runs again"),
    EventType.CONTENT_CONSIGNMENT_FAILURE: (
        "nicht bereitgestellt: Schadsoftware gefunden",
        "not made available: malware found",
    ),
}
