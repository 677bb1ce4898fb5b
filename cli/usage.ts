/** What `--help` prints. */
export const USAGE = `agent-runner: Claude Code through your company's gateway

  agent-runner connect <gateway>    sign in, and let Claude Code come through this gateway
  agent-runner login [<gateway>]    sign in, or show that you are
  agent-runner status [<gateway>]   who is signed in until when, and what the gateway says
  agent-runner logout [<gateway>]   take the sign-in back

A gateway is its address, https://acme.proxy.example.com; one that is known may be called acme, and the only one
that is known need not be named. More about each: agent-runner <command> --help`;

export const COMMANDS = {
  connect: `usage: agent-runner connect <gateway> [options]
       agent-runner connect --undo [--project]

Writes apiKeyHelper and ANTHROPIC_BASE_URL to Claude Code's settings, and signs you in.

  --project      .claude/settings.local.json of this folder, and not the user's settings
  --dry-run      shows what would be written
  --undo         takes back what was written; the file is then byte for byte as before, unless it was changed since
  --no-login     writes the settings alone
  --no-browser   opens no browser: open the address yourself, on any machine
  --ca FILE      trusts these certificates (PEM) beside the system's, for a company's own authority

  agent-runner connect https://acme.proxy.example.com
  agent-runner connect acme.proxy.example.com --dry-run`,
  login: `usage: agent-runner login [<gateway>] [options]

Signs in through the browser, once; after that tokens are refreshed without you.

  --print        prints the access token alone: what Claude Code runs as its apiKeyHelper
  --force        signs in anew, as somebody else for example
  --no-browser   opens no browser: open the address yourself, on any machine, and paste where it ends
  --ca FILE      trusts these certificates (PEM) beside the system's

  agent-runner login https://acme.proxy.example.com
  curl -H "authorization: Bearer $(agent-runner login --print acme)" https://acme.proxy.example.com/v1/usage/self`,
  status: `usage: agent-runner status [<gateway>] [--json]

Tells of each gateway who is signed in until when, whether Claude Code's settings lead there, and what it answers.
Exit code 0 when every gateway answers, else 4.

  agent-runner status --json`,
  logout: `usage: agent-runner logout [<gateway>] [--all]

Revokes the refresh token at the issuer and removes what is stored here. Claude Code's settings stay: see
agent-runner connect --undo.

  agent-runner logout acme
  agent-runner logout --all`,
} as const;

export type CommandName = keyof typeof COMMANDS;
