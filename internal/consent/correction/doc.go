// Package correction keeps what people say is wrong in their record until it is
// answered: asked, seen, put right or refused with a reason, and what they say
// when they do not agree.
//
// Why here: it is a right of the person over what others wrote (UK GDPR, article
// 16), with a deadline that has to be watched, and it ends in a new version of an
// entry with its reason beside it. An answer writes to the record as whoever
// answers, through the door; the older version stays.
//
// What is not here: who may answer at all (identity/staff), the pages (portal),
// and any judgement of what is right.
package correction
