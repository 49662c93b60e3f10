"""What the S3 client raises, in our words: which errors pass with time, and what to do about the others.

Messages are worded here from codes and class names. The client's own text can repeat an endpoint with a password in it.
"""

import botocore.exceptions as boto

from tasks.objects import (
    AccessDeniedError,
    BucketMissingError,
    DigestMismatchError,
    ObjectExistsError,
    ObjectMissingError,
    StoreError,
    TransientStoreError,
)

_BY_CODE: dict[str, type[StoreError]] = {
    "NoSuchBucket": BucketMissingError,
    "BadDigest": DigestMismatchError,
    "ExpiredToken": AccessDeniedError,
    "InvalidToken": AccessDeniedError,
    "InvalidObjectState": StoreError,  # status 403, but about an object in cold storage
    "SlowDown": TransientStoreError,
    "RequestTimeout": TransientStoreError,  # AWS sends it with status 400
    "ConditionalRequestConflict": TransientStoreError,  # status 409: conditional puts crossed; AWS says ask again
    "OperationAborted": TransientStoreError,
}

_BY_STATUS: dict[int, type[StoreError]] = {
    401: AccessDeniedError,
    403: AccessDeniedError,
    404: ObjectMissingError,
    412: ObjectExistsError,
    **dict.fromkeys((408, 429, 500, 502, 503, 504), TransientStoreError),
}

_BY_CLASS: tuple[tuple[type[boto.BotoCoreError], type[StoreError]], ...] = (
    (boto.SSLError, StoreError),  # a wrong certificate stays wrong
    (boto.ConnectionError, TransientStoreError),
    (boto.HTTPClientError, TransientStoreError),
    (boto.IncompleteReadError, TransientStoreError),
    (boto.NoCredentialsError, AccessDeniedError),
    (boto.PartialCredentialsError, AccessDeniedError),
    (boto.CredentialRetrievalError, AccessDeniedError),
    (boto.TokenRetrievalError, AccessDeniedError),
)

_ADVICE: dict[type[StoreError], str] = {
    StoreError: "the request failed",
    BucketMissingError: "there is no such bucket; create it or correct the address",
    DigestMismatchError: "the content was damaged on its way; put it again",
    AccessDeniedError: "access denied; check the AWS credentials and what they may do here",
    ObjectMissingError: "there is no such object",
    ObjectExistsError: "is there already",
    TransientStoreError: "the server is busy or out of reach; try again later",
}


def translate(error: boto.ClientError | boto.BotoCoreError, uri: str, key: str, tries: int = 1) -> StoreError:
    """Return the error as one of ours.

    Args:
        error: What the client raised.
        uri: The store.
        key: The object, or empty.
        tries: How often the request was sent.

    Examples:
        >>> denied = boto.ClientError({"Error": {"Code": "SignatureDoesNotMatch"}}, "GetObject")
        >>> denied.response["ResponseMetadata"] = {"HTTPStatusCode": 403}
        >>> print(translate(denied, "s3://museum", "a.tif"))  # doctest: +NORMALIZE_WHITESPACE
        s3://museum, key 'a.tif': access denied; check the AWS credentials and what they may do here
        (GetObject: SignatureDoesNotMatch, HTTP 403)
    """
    if isinstance(error, boto.ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = _BY_CODE.get(code) or _BY_STATUS.get(status, StoreError)
        facts = f"{error.operation_name}: {code}, HTTP {status}"
    else:
        kind = next((ours for theirs, ours in _BY_CLASS if isinstance(error, theirs)), StoreError)
        facts = type(error).__name__
    count = f" in {tries} tries" if tries > 1 else ""
    return kind(uri, key, f"{_ADVICE[kind]} ({facts}{count})")
