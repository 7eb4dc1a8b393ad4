// Package mandate keeps who may act for whom: three things that are kept apart.
// A relationship is a fact that somebody checked, such as that Alex is Sam's
// parent. A mandate is a right that rests on it: on which legal basis, what may
// be done, from when until when, and when somebody looks at it again. Acting is
// what one sign-in does with a mandate now.
//
// Why here: a parent, a carer and an attorney ask for the same thing with
// different papers, and the same checks are made whichever way a mandate comes:
// from the person, from a member of staff with evidence, or from the national
// relationship service as a FHIR Consent. What age changes is data (rules), and
// is worked out from the birth date in each request, so that nobody keeps a
// right for having signed in yesterday.
//
// It does not decide what a record shows: a mandate becomes an access.Who, and
// the door decides. It shows no page, and tells nobody anything clinical.
package mandate
