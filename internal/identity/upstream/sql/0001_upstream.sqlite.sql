-- Providers that the operator named, and people who are on their way to one.
-- Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE upstream_provider (
  id      text    PRIMARY KEY,        -- stands in the address that people come back to
  name    text    NOT NULL,           -- what people know it by
  issuer  text    NOT NULL,
  profile text    NOT NULL,           -- nhs govuk oidc
  client  text    NOT NULL,           -- what we are called there
  vectors text    NOT NULL,           -- what is asked for: vtr; "" for nothing
  trust   text    NOT NULL,           -- JSON: what its levels are worth here
  private integer NOT NULL,           -- 1: it may lie on a private network
  alg     text    NOT NULL,           -- what we sign with
  public  text    NOT NULL,           -- JWK
  sealed  text    NOT NULL,           -- the private half
  added   integer NOT NULL,
  removed integer NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE UNIQUE INDEX upstream_provider_issuer ON upstream_provider (issuer) WHERE removed = 0;

-- What a browser's flow is about. Its secrets lie in the browser alone.
CREATE TABLE upstream_flow (
  state    blob    PRIMARY KEY,       -- SHA-256 of the state
  provider text    NOT NULL,
  purpose  integer NOT NULL,          -- 1 signs in, 2 proves
  session  text    NOT NULL,          -- the one that it belongs to; "" for a sign-in
  next     text    NOT NULL,          -- where the person goes on to
  ends     integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX upstream_flow_ends ON upstream_flow (ends);
