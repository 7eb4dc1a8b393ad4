-- The place in which whoever is signed in acts as staff: an id of identity/staff; '' for none.
ALTER TABLE session ADD COLUMN acting text NOT NULL DEFAULT '';
-- The type of the attestation, as WebAuthn names it; '' where the passkey is older than this column.
ALTER TABLE passkey ADD COLUMN kind text NOT NULL DEFAULT '';
