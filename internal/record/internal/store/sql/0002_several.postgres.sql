-- What names more than one patient may be about several people, and takes the
-- yes of each to be shown to one. This hides a little too much: reindex works
-- it out exactly, and so does the next write of the resource.
UPDATE res SET mask = mask | 4611686018427387904 WHERE row IN (SELECT row FROM also);
UPDATE old SET mask = mask | 4611686018427387904 WHERE row IN (SELECT row FROM also);
