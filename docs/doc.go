// Package docs holds the tests of the documentation: examples are run, links
// lead somewhere, and what is named exists.
//
// Why here: text goes stale without anybody noticing. The tests lie beside
// what they read.
//
// What is not here: no code that ships. The package holds tests only.
package docs
