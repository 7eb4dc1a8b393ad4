-- Where people are sent when they signed out, and where an app is opened from our pages.
ALTER TABLE client ADD COLUMN logouts text NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN launch text NOT NULL DEFAULT '';

-- What a permission was given in: JSON of Context, without the patient.
ALTER TABLE client_grant ADD COLUMN context text NOT NULL DEFAULT '';
CREATE INDEX client_grant_account ON client_grant (account, client);

-- Requests that wait for a person.
CREATE TABLE client_ask (
  id      text    PRIMARY KEY,
  client  text    NOT NULL,
  data    text    NOT NULL,            -- JSON of Ask
  browser blob,                        -- SHA-256 of the secret of the browser that opened it; null until then
  pushed  integer NOT NULL,            -- 1: it came from the client itself (RFC 9126) and nobody opened it yet
  expires integer NOT NULL
);
CREATE INDEX client_ask_expires ON client_ask (expires);

CREATE TABLE client_code (
  hash     blob    PRIMARY KEY,        -- SHA-256 of the code
  grant_id text    NOT NULL,
  client   text    NOT NULL,
  data     text    NOT NULL,           -- JSON of Code
  expires  integer NOT NULL,
  used     integer NOT NULL DEFAULT 0,
  forget   integer NOT NULL            -- until then, that it was used is remembered
);
CREATE INDEX client_code_forget ON client_code (forget);

CREATE TABLE client_refresh (
  id         text    PRIMARY KEY,
  hash       blob    NOT NULL,         -- SHA-256 of the secret half
  grant_id   text    NOT NULL,
  scopes     text    NOT NULL,
  thumbprint text    NOT NULL,
  data       text    NOT NULL,         -- JSON of SignIn
  created    integer NOT NULL,
  expires    integer NOT NULL,
  replaced   integer NOT NULL DEFAULT 0 -- when another took its place
);
CREATE INDEX client_refresh_expires ON client_refresh (expires);
CREATE INDEX client_refresh_grant ON client_refresh (grant_id);

-- Apps that somebody opened from our pages, until the app asks.
CREATE TABLE client_launch (
  hash    blob    PRIMARY KEY,         -- SHA-256 of the parameter launch
  client  text    NOT NULL,
  account text    NOT NULL,
  data    text    NOT NULL,            -- JSON of Launch
  expires integer NOT NULL
);
CREATE INDEX client_launch_expires ON client_launch (expires);
