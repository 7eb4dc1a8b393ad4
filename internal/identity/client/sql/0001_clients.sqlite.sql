-- Times are seconds since 1970, UTC; 0 is never. Lists are words with blanks between them.
CREATE TABLE client (
  id        text    PRIMARY KEY,
  name      text    NOT NULL,
  profile   text    NOT NULL,            -- smart or fapi2
  proof     text    NOT NULL,            -- none, secret or key
  secret    blob,                       -- SHA-256 of the secret
  jwks      text    NOT NULL,            -- its public keys, or
  jwks_uri  text    NOT NULL,            -- where they are
  private   integer NOT NULL,            -- 1: they may be fetched from a private address
  redirects text    NOT NULL,
  scopes    text    NOT NULL,            -- the most that it may ask for
  grants    text    NOT NULL,            -- the grant types of OAuth that it may use
  created   integer NOT NULL,
  revoked   integer NOT NULL DEFAULT 0
);

-- What a client was allowed, and by whom: an account, or the operator where account is ''.
CREATE TABLE client_grant (
  id      text    PRIMARY KEY,
  client  text    NOT NULL,
  account text    NOT NULL,
  patient text    NOT NULL,
  scopes  text    NOT NULL,
  created integer NOT NULL,
  until   integer NOT NULL,
  revoked integer NOT NULL DEFAULT 0
);
CREATE INDEX client_grant_client ON client_grant (client);

CREATE TABLE client_token (
  id         text    PRIMARY KEY,
  hash       blob   NOT NULL,           -- SHA-256 of the secret half
  grant_id   text    NOT NULL,
  scopes     text    NOT NULL,
  thumbprint text    NOT NULL,           -- of the key that its holder must prove (DPoP), or ''
  created    integer NOT NULL,
  expires    integer NOT NULL,
  revoked    integer NOT NULL DEFAULT 0
);
CREATE INDEX client_token_expires ON client_token (expires);

-- One-use numbers that were spent, kept until nobody could use them again.
CREATE TABLE client_spent (
  hash  blob   PRIMARY KEY,             -- SHA-256 of what kind, whose, and the number
  until integer NOT NULL
);
CREATE INDEX client_spent_until ON client_spent (until);

-- Keys that this server signs with.
CREATE TABLE signing_key (
  id      text    PRIMARY KEY,
  alg     text    NOT NULL,
  public  text    NOT NULL,              -- a JWK
  sealed  text    NOT NULL,              -- the private half, under the master key
  created integer NOT NULL,
  retired integer NOT NULL DEFAULT 0
);
