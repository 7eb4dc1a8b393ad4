// Package choice evaluates the sharing choices of people. A choice is a FHIR R4
// Consent of scope patient-privacy: Read takes one in, or says why it can not be
// enforced; Decide evaluates several against a viewer and a resource; Compile
// turns a person's choices into a Program that needs the resource only once.
//
// What a provision means is written down in docs/decisions/0036: the root is the
// default for what it matches, a child is an exception to its parent, siblings
// or the values of one attribute are joined by or, the attributes by and, and
// between several consents any deny wins. A viewer or a resource of which
// something is not known is judged against the person's interest in privacy:
// a deny holds where it might hold, a permit only where it must.
//
// Why here: it is pure, with no I/O and no clock, so that what a choice does can
// be shown to the person before it is saved, explained afterwards, and held
// against a second evaluator a million times.
//
// What is not here: finding the consents and the facts about a viewer
// (record/internal/policy), working out sensitivity labels (access/label),
// layers above choices such as safeguarding or emergencies (access), and
// mandates and opt-outs, which are Consents of other kinds (consent).
package choice
