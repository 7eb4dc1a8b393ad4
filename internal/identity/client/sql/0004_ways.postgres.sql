-- Clients that registered themselves (RFC 7591), and what they say of themselves.
ALTER TABLE client ADD COLUMN itself bigint NOT NULL DEFAULT 0; -- 1: nobody looked at it
ALTER TABLE client ADD COLUMN manage bytea;                       -- SHA-256 of what its maker changes it by (RFC 7592)
ALTER TABLE client ADD COLUMN said text NOT NULL DEFAULT '';     -- JSON of Said
CREATE INDEX client_itself ON client (itself, created);

-- Initial access tokens, by which somebody may register a client.
CREATE TABLE client_invite (
  hash    bytea    PRIMARY KEY,
  uses    bigint NOT NULL,
  expires bigint NOT NULL
);
CREATE INDEX client_invite_expires ON client_invite (expires);

-- How far ahead of time tries are, by what they are counted for.
CREATE TABLE client_try (
  slot bigint PRIMARY KEY,
  tat  bigint NOT NULL                -- the theoretical arrival time of ITU-T I.371
);
CREATE INDEX client_try_tat ON client_try (tat);

-- Devices that wait for a person who types their code elsewhere (RFC 8628).
CREATE TABLE client_device (
  hash     bytea    PRIMARY KEY,        -- SHA-256 of the code that the device keeps
  typed    bigint NOT NULL UNIQUE,    -- a keyed hash of the code that the person types
  client   text    NOT NULL,
  scopes   text    NOT NULL,
  state    bigint NOT NULL DEFAULT 0, -- 0 nobody came, 1 somebody decides, 2 allowed, 3 declined, 4 used
  grant_id text    NOT NULL DEFAULT '',
  data     text    NOT NULL DEFAULT '', -- JSON of Code, when it was allowed
  polled   bigint NOT NULL DEFAULT 0, -- when the device asked last
  every    bigint NOT NULL,           -- how many seconds it has to wait between two times
  expires  bigint NOT NULL,
  forget   bigint NOT NULL            -- until then, that it was used is remembered
);
CREATE INDEX client_device_expires ON client_device (expires);
CREATE INDEX client_device_forget ON client_device (forget);

-- What a token was given for, where that is another thing than its permission (RFC 8693): JSON of Exchanged, or ''.
ALTER TABLE client_token ADD COLUMN context text NOT NULL DEFAULT '';
