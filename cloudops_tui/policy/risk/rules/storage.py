"""What lets data go, now or later, or opens it."""

from __future__ import annotations

from cloudops_tui.policy.risk.rules.rule import (
    EXPOSURE,
    IRREVERSIBLE,
    Rule,
    Rules,
    below,
    given,
    is_empty,
    no_backups,
    off,
    on,
    says,
    when,
)

_LONGEST_IN_A_QUEUE = 1_209_600  # seconds; SQS keeps nothing longer, so that no message goes
_EXPIRY = "objects are deleted when their time comes"
_LIFECYCLE = tuple(
    given(f"{holder}.Rules.{member}", _EXPIRY, IRREVERSIBLE)
    for holder in ("LifecycleConfiguration",)
    for member in ("Expiration", "NoncurrentVersionExpiration")
)
_UNBLOCKED = tuple(
    off(f"PublicAccessBlockConfiguration.{member}", "public access is no longer blocked", EXPOSURE)
    for member in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
)
STORAGE: Rules = {
    ("backup", "UpdateRecoveryPointLifecycle"): (
        given("Lifecycle.DeleteAfterDays", "the recovery point is deleted when its time comes", IRREVERSIBLE),
    ),
    ("backup", "PutBackupVaultLockConfiguration"): (
        given("ChangeableForDays", "the lock can never be undone after these days", IRREVERSIBLE, level=None),
    ),
    ("backup", "UpdateRegionSettings"): (off("ResourceTypeOptInPreference.*", "backups of these end"),),
    ("codeartifact", "UpdatePackageVersionsStatus"): (
        says("targetStatus", ("Deleted", "Archived", "Disposed", "Unlisted"), "takes packages away"),
    ),
    ("datasync", "StartTaskExecution"): (
        says("OverrideOptions.PreserveDeletedFiles", "REMOVE", "deletes what the source does not have"),
    ),
    ("datasync", "UpdateTask"): (
        says("Options.PreserveDeletedFiles", "REMOVE", "will delete what the source does not have"),
    ),
    ("fsx", "UpdateFileSystem"): tuple(
        no_backups(f"{kind}Configuration.AutomaticBackupRetentionDays")
        for kind in ("Windows", "Lustre", "Ontap", "OpenZFS")
    ),
    ("ec2", "LockSnapshot"): (says("LockMode", "compliance", "nobody can undo the lock", IRREVERSIBLE, level=None),),
    ("efs", "UpdateFileSystemProtection"): (
        says("ReplicationOverwriteProtection", "DISABLED", "it may be overwritten"),
    ),
    ("kinesisvideo", "UpdateDataRetention"): (says("Operation", "DECREASE_DATA_RETENTION", "older data is deleted"),),
    ("lightsail", "UpdateBucket"): (says("versioning", "Suspended", "what is overwritten from now on is lost"),),
    ("s3", "PutBucketAccelerateConfiguration"): (
        says("AccelerateConfiguration.Status", "Suspended", "switches acceleration off"),
    ),
    ("s3", "PutBucketLifecycle"): _LIFECYCLE,
    ("s3", "PutBucketLifecycleConfiguration"): _LIFECYCLE,
    ("s3", "PutBucketLogging"): (
        Rule("BucketLoggingStatus", lambda value: value == {}, "switches the bucket's logging off", assumed=False),
    ),
    ("s3", "PutBucketNotificationConfiguration"): (
        when("NotificationConfiguration", is_empty, "ends every notification", assumed=False),
    ),
    ("s3", "PutBucketVersioning"): (
        says("VersioningConfiguration.Status", "Suspended", "what is overwritten from now on is lost"),
        says("VersioningConfiguration.MFADelete", "Disabled", "versions go without a second factor"),
    ),
    ("s3control", "PutBucketVersioning"): (
        says("VersioningConfiguration.Status", "Suspended", "what is overwritten from now on is lost"),
        says("VersioningConfiguration.MFADelete", "Disabled", "versions go without a second factor"),
    ),
    ("s3", "PutObjectLegalHold"): (says("LegalHold.Status", "OFF", "the object may be deleted"),),
    ("s3", "PutObjectRetention"): (on("BypassGovernanceRetention", "may shorten the protection"),),
    ("s3", "PutPublicAccessBlock"): _UNBLOCKED,
    ("s3control", "PutPublicAccessBlock"): _UNBLOCKED,
    ("s3control", "PutBucketLifecycleConfiguration"): _LIFECYCLE,
    ("sqs", "SetQueueAttributes"): (
        when(
            "Attributes.MessageRetentionPeriod", below(_LONGEST_IN_A_QUEUE), "older messages are deleted", IRREVERSIBLE
        ),
    ),
    ("s3control", "UpdateJobStatus"): (says("RequestedJobStatus", "Cancelled", "breaks the job off"),),
}
