"""What can go wrong at the identity desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, TooMany


class SignInRefused(NotSignedIn):
    """The user name or the password is not right."""

    code = "sign_in_refused"
    remedy = "Check both and try again; an administrator can reset your password."


class LockedOut(TooMany):
    """After several failures this sign-in is closed for a while."""

    code = "locked_out"
    remedy = "Wait and try again, or ask an administrator to reset your password."


class PasswordChangeDue(Forbidden):
    """Choose a password of your own first."""

    code = "password_change_due"
    remedy = "Open the page of the first password."


class WeakPassword(InvalidInput):
    """The password does not meet the rules."""

    code = "weak_password"
    remedy = "Use at least 12 characters that are not a common password and do not contain your user name."


class WrongPassword(InvalidInput):
    """The present password is not right."""

    code = "wrong_password"


class LoginTaken(Conflict):
    """This user name is taken."""

    code = "login_taken"
    remedy = "Choose another one."


class BadLogin(InvalidInput):
    """A user name has 3 to 40 characters: letters, digits, dot, hyphen, underscore."""

    code = "bad_login"


class BadUser(InvalidInput):
    """The user cannot be saved like this."""

    code = "bad_user"


class CodeTaken(Conflict):
    """This organisation code is taken."""

    code = "code_taken"
    remedy = "Choose another one."


class BadOrganisation(InvalidInput):
    """The organisation cannot be saved like this."""

    code = "bad_organisation"


class UnknownUser(NotFound):
    """There is no such user, or not in your area."""

    code = "unknown_user"


class UnknownOrganisation(NotFound):
    """There is no such organisation, or not in your area."""

    code = "unknown_organisation"


class UnknownKey(NotFound):
    """There is no such API key, or it is not yours."""

    code = "unknown_key"


class UnknownSession(NotFound):
    """There is no such sign-in, or it is not yours."""

    code = "unknown_session"


class NotYourArea(Forbidden):
    """This would reach beyond the area you administer."""

    code = "not_your_area"


class NotYourself(Conflict):
    """You cannot take away your own administration."""

    code = "not_yourself"
    remedy = "Ask another administrator."


class BadScopes(InvalidInput):
    """A key can only be given what its owner may do."""

    code = "bad_scopes"


class SignInByOrganisationFailed(NotSignedIn):
    """The sign-in through your organisation did not succeed."""

    code = "oidc_failed"
    remedy = "Try again, or sign in with your password."
