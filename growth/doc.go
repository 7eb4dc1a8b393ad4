// Package growth says where a child's weight, length or height, head and body
// mass index lie among children of the same age and sex.
//
// It is a library of its own: it reads nothing, knows no clock, and may be
// imported by any program. A [Reference] is a set of tables of L, M and S (the
// LMS method); [WHO], [WHO2006], [WHO2007] and [CDC2000] are built in, and [Read]
// reads any other in the published format. Every answer names the reference and
// version that gave it, since the same child lies elsewhere in another one.
//
// [Reference.Assess] judges one measurement, [Review] a whole series, and
// [Reference.Curve] gives the lines of a chart. Ages are decimal years, of 365.25
// days; corrected age counts from the day on which 40 weeks of pregnancy would
// have been full.
//
// Findings are support for people who know the child, never a verdict. Nobody has
// signed off the rules yet: see SignedOff.
//
// What is not here: where measurements come from, pictures (internal/portal), and
// tables whose licence does not let them be given away, such as UK90.
package growth
