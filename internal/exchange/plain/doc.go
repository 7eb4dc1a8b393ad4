// Package plain tells what a resource says in rows of words that anybody can
// read: what it is, when it was, who said so, and all the rest of it under the
// names of its elements.
//
// Why here: the same words stand on a person's page about an entry and in the
// copy that they take away, so that one can be held against the other. It works
// for every type there is: nothing that a resource says is left out because no
// page was made for its type.
//
// What is not here: judgement. It does not say what is good, bad or worrying, and
// it translates no code that has no words beside it: such a code is shown as it
// is. What a resource does not say is "not known", never "none".
package plain
