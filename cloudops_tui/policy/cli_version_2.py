"""What only version 2 of `aws` knows: the table of commands is version 1's, and a plan means the same to both.

Source: the AWS CLI's changelog and "Breaking changes" of its user guide, and the command table of 2.9 and later.
"""

from __future__ import annotations

from collections.abc import Mapping

ONLY_COMMANDS: Mapping[tuple[str, ...], str] = {
    ("agent-toolkit",): "it sets up helpers on this machine",
    ("cli-dev",): "it is for developers of `aws`",
    ("configure", "export-credentials"): "it prints credentials",
    ("configure", "import"): "it changes this machine's AWS configuration",
    ("configure", "list-profiles"): "it prints this machine's AWS configuration",
    ("configure", "mfa-login"): "it logs a person in",
    ("configure", "sso"): "it logs a person in",
    ("configure", "sso-session"): "it changes this machine's AWS configuration",
    ("ddb",): "use the commands of `aws dynamodb`",
    ("dsql", "generate-db-connect-admin-auth-token"): "it prints a credential",
    ("dsql", "generate-db-connect-auth-token"): "it prints a credential",
    ("ec2-instance-connect", "open-tunnel"): "it is interactive",
    ("ec2-instance-connect", "ssh"): "it is interactive",
    ("ecs", "monitor-express-gateway-service"): "it is interactive",
    ("emr-containers", "create-role-associations"): "its effect is not known",
    ("emr-containers", "delete-role-associations"): "its effect is not known",
    ("lightsail", "push-container-image"): "it starts other programs",
    ("login",): "it logs a person in",
    ("logout",): "it logs a person out",
    ("logs", "tail"): "use `aws logs filter-log-events`",
    ("sso", "login"): "it logs a person in",
    ("update",): "it replaces the program",
    ("wizard",): "it is interactive",
}
"""Commands, or whole groups of them, by the words that they begin with, and what else speaks against them."""

ONLY_OPTIONS: Mapping[str, str] = {
    "--cli-auto-prompt": "it is interactive",
    "--cli-binary-format": "the engine sets it, so that both versions read binary values alike",
    "--cli-error-format": "the engine reads errors in the standard format",
    "--cli-input-yaml": "use `--cli-input-json`",
    "--no-cli-auto-prompt": "the engine sets it",
    "--no-cli-pager": "the engine sets it",
}
"""Options of every command, and why they are not needed."""
