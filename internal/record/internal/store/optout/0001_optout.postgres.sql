-- Who said no to uses beyond their own care. It follows from the Consents of the
-- person, and is worked out anew whenever one of them is written.
CREATE TABLE optout (
	person bigint PRIMARY KEY,
	kinds  bigint NOT NULL, -- 1 national, 2 local
	since  bigint NOT NULL  -- milliseconds since 1970, UTC: when kinds came to be what it is
);
