"""What may go wrong with in-flight decisions."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable


class DecisionNotFound(NotFound):
    """There is no such decision, or it is not yours to see."""

    code = "decision_not_found"
    remedy = "Check the decision number that the answer carried."


class RequestConflict(Conflict):
    """This request number was used before with other contents."""

    code = "request_conflict"
    remedy = "Use a new request_id for another event; repeat a request with exactly the same contents."


class BadRequest(InvalidInput):
    """The request cannot be read."""

    code = "bad_screening_request"
    remedy = "docs/screening.md lists the fields of each kind of event."


class PolicyRefused(InvalidInput):
    """To hold or block, a line of the policy needs a legal basis, a term and a remedy."""

    code = "screening_policy_refused"
    remedy = "Name the article, the minutes, and in both languages where to object."


class LineNotFound(NotFound):
    """There is no such line of the policy."""

    code = "screening_line_not_found"
    remedy = "`fanzha screen policy --waiting` lists the lines that wait, with day and version."


class OwnLine(Forbidden):
    """Whoever decided a line of the policy cannot approve it."""

    code = "screening_own_line"
    remedy = "Ask a colleague."


class LineAnswered(Conflict):
    """This line of the policy was approved or declined already."""

    code = "screening_line_answered"
    remedy = "Decide a new line if another answer is wanted."


class CannotDecide(Unavailable):
    """The platform cannot decide now, and the policy names no legal basis for holding this event."""

    code = "cannot_decide"
    remedy = "Follow your own procedure for this event and ask again later with the same request_id."


class NotDurable(Unavailable):
    """The decision could be kept neither in the database nor in the local file, so it was not given."""

    code = "decision_not_durable"
    remedy = "Follow your own procedure for this event; the operator of the platform has been alarmed."


class Overloaded(Unavailable):
    """More decisions wait than can be made in time."""

    code = "screening_overloaded"
    remedy = "Send fewer requests at once and repeat this one with the same request_id."
