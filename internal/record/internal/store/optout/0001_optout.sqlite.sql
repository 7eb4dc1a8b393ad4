-- Who said no to uses beyond their own care. It follows from the Consents of the
-- person, and is worked out anew whenever one of them is written.
CREATE TABLE optout (
	person INTEGER PRIMARY KEY,
	kinds  INTEGER NOT NULL, -- 1 national, 2 local
	since  INTEGER NOT NULL  -- milliseconds since 1970, UTC: when kinds came to be what it is
);
