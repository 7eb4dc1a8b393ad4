// Package label says how sensitive a resource is: which kinds of thing that
// people are asked about more carefully (mental health, sexual health, ...) it
// tells of, as bits of the mask that its row carries.
//
// It works on codes, on what kind of service the resource comes from, and on
// the labels that came with it (meta.security). A label that came with it adds
// and never takes away. Which codes mean what stands in tables (folder data),
// each row with its source; the tables have a version, and rows are labelled
// anew when it changes.
//
// It is pure, and decides nothing about who may see what. It does not read
// words: what is only in a narrative, in a text of a concept or in a scan is
// not known to it, which is why a service counts and why people can raise a
// label themselves.
package label
