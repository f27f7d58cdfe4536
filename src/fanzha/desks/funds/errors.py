"""What can go wrong at the funds desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


class TraceNotFound(NotFound):
    """There is no such trace, or it is not yours to see."""

    code = "trace_not_found"


class NoSuchAccount(NotFound):
    """The trace does not name this account."""

    code = "no_such_trace_account"


class UnfitVictimTransfer(InvalidInput):
    """The victim's transfer is not complete."""

    code = "unfit_victim_transfer"
    remedy = "Give both accounts, the time and an amount above zero; payer and payee differ."


class TooManyRows(InvalidInput):
    """The statement has more rows than one trace takes."""

    code = "too_many_statement_rows"
    remedy = "Ask the bank for the accounts and days of this case alone."


class FundsPurposeNeeded(InvalidInput):
    """Say for what purpose you need the full account number."""

    code = "funds_purpose_needed"
    remedy = "Write at least four characters; they go into the audit log."


class NothingTraced(Conflict):
    """There is nothing to export yet."""

    code = "nothing_traced"
    remedy = "Enter the victim's transfer first."


class RoundNotFound(NotFound):
    """There is no such refund round, or it is not yours to see."""

    code = "refund_round_not_found"


class RoundStepNotOpen(Conflict):
    """This step is not possible in the round's present state."""

    code = "refund_step_not_open"
    remedy = "Reload the round: it shows the steps that are open now."


class RoundOpen(Conflict):
    """This case has a refund round that is not closed yet."""

    code = "refund_round_open"
    remedy = "Close or withdraw that round first; a new victim comes into the next one."


class NoticeRunning(Conflict):
    """The public notice has not ended yet."""

    code = "refund_notice_running"
    remedy = "Wait until the notice period is over; the page shows when that is."


class ObjectionsOpen(Conflict):
    """An objection is not answered yet."""

    code = "refund_objections_open"
    remedy = "Answer every objection first."


class SamePerson(Conflict):
    """Whoever drafted the round does not decide it."""

    code = "refund_same_person"
    remedy = "Another head decides."


class UnfitRound(InvalidInput):
    """The round cannot be drafted like this."""

    code = "unfit_refund_round"
    remedy = "Give at least one frozen account and one victim with a loss; amounts are zero or more, and nobody is named twice."


class NotYetPayable(Conflict):
    """Nothing is paid before the round is decided."""

    code = "refund_not_payable"
    remedy = "Have the round decided first."


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not yours to see."""

    code = "refund_payment_not_found"


class AnswerConflict(Conflict):
    """This payment was answered otherwise before."""

    code = "refund_answer_conflict"
    remedy = "Look at the payment: a paid one stays paid."


class FundsReasonNeeded(InvalidInput):
    """This needs a reason of at least four characters."""

    code = "funds_reason_needed"
    remedy = "Say why."


class TooManyIncidents(InvalidInput):
    """The span holds more reports and cases than can be looked at together."""

    code = "too_many_incidents"
    remedy = "Choose a shorter span."


class ProposalNotFound(NotFound):
    """There is no such proposal, or it is not yours to see."""

    code = "stop_proposal_not_found"


class FrozenSumUnknown(InvalidInput):
    """No order in force holds money in this account."""

    code = "frozen_sum_unknown"
    remedy = "Type the sum that the bank told you, and the reason; or leave the account out."
