-- The rows that are withheld from the person whose they are: few, and asked for with each look at the access log. What each table is for stands in docs/developers/store.md.
CREATE INDEX res_withheld ON res (row) WHERE (mask & 65536) <> 0;
