"""What the words of an operation's name say."""

from __future__ import annotations

import re

READ_VERBS = frozenset(
    {"Describe", "Get", "List", "Head", "Search", "Lookup", "Query", "Scan", "Select", "Preview", "Simulate",
     "Estimate", "Validate", "Check", "View", "Discover", "Count", "Is", "Read", "Filter", "Compare", "Calculate",
     "Contains", "Classify", "Analyze", "Infer", "Recognize", "Suggest", "Autocomplete", "Geocode", "Retrieve"}
)  # fmt: skip
"""Together with IAM's level they make a read. Alone they are worth little."""

TAKES_AWAY: dict[str, str] = {
    "Abort": "breaks off", "Backtrack": "rewinds", "Cancel": "cancels", "Clear": "empties", "Close": "closes",
    "Deactivate": "switches off", "Deauthorize": "takes access away", "Decline": "turns down for good",
    "Decommission": "takes out of service", "Decrease": "cuts", "Delete": "deletes", "Deny": "takes access away",
    "Deprecate": "ends the use of", "Deprovision": "gives back", "Deregister": "takes out of service",
    "Destroy": "deletes", "Detach": "detaches", "Disable": "switches off", "Disallow": "takes access away",
    "Disassociate": "detaches", "Discard": "throws away", "Disconnect": "cuts off", "Dismiss": "removes",
    "Dispose": "deletes", "Dissociate": "detaches", "Drain": "takes work away from", "Drop": "deletes", "End": "ends",
    "Erase": "deletes", "Evict": "removes", "Expire": "ends", "Failover": "fails over", "Flush": "empties",
    "Forget": "removes", "Invalidate": "empties", "Kill": "ends", "Leave": "leaves", "Logout": "ends sessions of",
    "Pause": "pauses", "Purge": "empties", "Reboot": "reboots", "Rebuild": "rebuilds", "Redact": "deletes",
    "Regenerate": "makes the old one worthless", "Reject": "turns down for good", "Release": "gives back",
    "Remove": "removes", "Reset": "puts back to the beginning", "Restart": "restarts", "Retire": "takes access away",
    "Revoke": "takes access away", "Rollback": "puts back", "Shrink": "cuts", "Shutdown": "stops",
    "Snooze": "silences", "Stop": "stops", "Suspend": "suspends", "Switchover": "fails over", "Terminate": "ends",
    "Truncate": "empties", "Unassign": "takes away", "Undeploy": "removes", "Ungroup": "removes",
    "Uninstall": "removes", "Unlink": "detaches", "Unlock": "takes protection away", "Unmonitor": "switches off",
    "Unpeer": "detaches", "Unregister": "takes out of service", "Unshare": "takes access away",
    "Unsubscribe": "ends deliveries", "Wipe": "deletes", "Withdraw": "takes out of service",
}  # fmt: skip
"""What a verb does, in words that stand before an object."""

TAKING_NOUNS: dict[str, str] = {
    "Deletion": "begins a deletion", "Revocation": "takes access away", "Decommission": "takes out of service",
    "Revocations": "takes access away",
}  # fmt: skip
"""What `Start...Deletion` and the like begin."""

_HANDS_OUT = re.compile(
    r"(?:Get|Retrieve)\w*(?:Credentials(?:WithIAM|ForIdentity)?|Token(?:For\w+)?|EmbedUrl|UploadUrl|UploadPath|LoginUrl|"
    r"AccessDetails|Presigned(?:Url|URL))"
)
_HANDS_OUT_NOTHING_NEW = frozenset({"GetChangeToken", "GetToken"})
"""WAF's mark of a change, and a challenge of Amplify that is there."""
_EXPIRING = re.compile(
    r"(?:Put|Update|Set|Modify|Change)\w*(?:Retention(?:Policy|Settings|Configuration|Period)|Expir(?:ation|y)\w*)"
)
_BEFORE_THE_VERB = frozenset({"Batch", "Admin", "Bulk", "Start", "Initiate", "Request", "Force", "Global"})
_BEGINS = frozenset({"Start", "Create", "Schedule", "Request", "Initiate", "Submit", "Batch"})
_PROTECTS = frozenset({"Protection", "Policy", "Setting", "Settings", "Configuration", "Quote", "Status"})
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z]|$|\d)|[A-Z][a-z0-9]*|[A-Z]+|[a-z0-9]+")
_TAGS = re.compile(r"Untag\w*|(?:Remove|Delete)\w*(?:Tags|Tagging)(?:(?:From|For)\w*)?")


def words_of(operation: str) -> list[str]:
    """`AdminDeleteUser`: Admin, Delete, User."""
    return _WORD.findall(operation)


def reading_verb(operation: str) -> str | None:
    """The verb that says that an operation reads: the first word, or the one after `Batch` or `Admin`."""
    words = words_of(operation)
    place = 1 if words[:1] in (["Batch"], ["Admin"]) else 0
    return words[place] if len(words) > place and words[place] in READ_VERBS else None


def taking_verb(operation: str) -> tuple[str, str] | None:
    """The verb that says that an operation takes something away, and what it does in words."""
    words = words_of(operation)
    for place, word in enumerate(words):
        if word in TAKES_AWAY:
            return word, TAKES_AWAY[word]
        if word not in _BEFORE_THE_VERB:
            break
        if place + 1 < len(words) and words[place + 1] in ("Viewer", "User"):
            break
    if sets_an_end(operation):
        noun = "Retention" if "Retention" in words else "Expiry"
        return noun, "sets a time after which something goes"
    if words[:1] and words[0] in _BEGINS and words[-1] not in _PROTECTS:
        return next(((word, TAKING_NOUNS[word]) for word in words[1:] if word in TAKING_NOUNS), None)
    return None


def only_untags(operation: str) -> bool:
    """The operation removes tags and nothing else."""
    return _TAGS.fullmatch(operation) is not None


def hands_out(operation: str) -> bool:
    """It sounds like a read and answers credentials or an address that were not there before."""
    return _HANDS_OUT.fullmatch(operation) is not None and operation not in _HANDS_OUT_NOTHING_NEW


def sets_an_end(operation: str) -> bool:
    """It sets how long something is kept: what is older goes."""
    return _EXPIRING.fullmatch(operation) is not None
