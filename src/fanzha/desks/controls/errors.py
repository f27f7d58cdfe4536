"""What can go wrong with an order."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound


class OrderNotFound(NotFound):
    """There is no such order."""

    code = "order_not_found"


class UnknownOrderKind(NotFound):
    """There is no such kind of order."""

    code = "unknown_order_kind"


class OrderWrongState(Conflict):
    """An order in this state cannot take this step."""

    code = "order_wrong_state"
    remedy = "Open it again to see where it stands."


class OrderLapsed(Conflict):
    """The order is no longer valid and must not be carried out."""

    code = "order_lapsed"
    remedy = "Lift what was done for it, and wait for a new order."


class BadOrder(InvalidInput):
    """The order is not complete or not lawful."""

    code = "bad_order"
    remedy = "Mend the fields named and send it again."


class AmountBeyondDispute(BadOrder):
    """The sum to be held exceeds the disputed sum."""

    code = "amount_beyond_dispute"
    remedy = "Hold no more than what is in dispute."


class TermTooLong(BadOrder):
    """The term is longer than the rule allows."""

    code = "term_too_long"
    remedy = "Ask for a shorter term; it can be renewed before it ends."


class BasisNotInForce(BadOrder):
    """The legal basis does not allow this kind of order, or is not in force today."""

    code = "basis_not_in_force"
    remedy = "Choose one of the bases offered for this kind."


class OfficersMissing(BadOrder):
    """An order needs two different officers."""

    code = "officers_missing"
    remedy = "Name two officers with their warrant card numbers."


class WrongReceiver(BadOrder):
    """This organisation cannot receive this kind of order."""

    code = "wrong_receiver"
    remedy = "Choose the bank or payment institution that keeps the account."


class NothingToActOn(BadOrder):
    """There is no measure in force that this order could extend or lift."""

    code = "nothing_to_act_on"
    remedy = "Open the measure's page and start from there."


class RoundsUsedUp(Conflict):
    """This account has had as many stop-payments as the rule allows."""

    code = "rounds_used_up"
    remedy = "Freeze it instead, if the case is filed."


class NotYourOwn(Forbidden):
    """Whoever requested an order or is one of its two officers cannot approve it."""

    code = "not_your_own"
    remedy = "Ask another approver."


class ApproverTooLow(Forbidden):
    """An approver at this level cannot approve this order."""

    code = "approver_too_low"
    remedy = "A head at county level or above approves; the longer term of a major case needs city level."


class NotTheReceiver(Forbidden):
    """Only the organisation that an order was sent to may answer it."""

    code = "not_the_receiver"


class ChecksMissing(InvalidInput):
    """Name, account, amount and time must all agree before money is stopped."""

    code = "checks_missing"
    remedy = "Compare all four; where one differs, answer `mismatch`."


class BadAnswer(InvalidInput):
    """The answer does not fit the order."""

    code = "bad_answer"
    remedy = "Mend the field named and send it again."


class SerialReused(Conflict):
    """This message serial was used for another message."""

    code = "serial_reused"
    remedy = "Give each message a serial of its own; repeat a message with exactly the same content."


class ReasonNeededForOrder(InvalidInput):
    """This step on an order needs a reason of at least four characters."""

    code = "order_reason_needed"
    remedy = "Say why."


class BadEndpoint(InvalidInput):
    """This is no address that messages can be pushed to."""

    code = "bad_endpoint"
    remedy = "Give an https address, or http on this machine, without user name."


class BadSignature(Forbidden):
    """The signature of the message is missing, wrong, or too old."""

    code = "bad_signature"
    remedy = "Sign timestamp, serial and body with the organisation's secret; check the clock."


class NoHolderQuery(Conflict):
    """This order does not ask for the accounts of a holder."""

    code = "no_holder_query"
    remedy = "Ask for all accounts of the holder first; the answer is graded."
