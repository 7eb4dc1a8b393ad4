package patch

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// JSON applies a JSON Patch (RFC 6902) to t and returns the new document; t
// itself does not change. Either all operations are done or none. The error is
// a *problem.Problem: Invalid for a patch that is not written as the RFC says,
// Unprocessable for one that does not fit the document or whose test fails,
// TooLarge where a bound was met.
func JSON(t, patch *fhir.Tree) ([]byte, error) {
	ops := patch.Root()
	if ops.Kind() != fhir.Array {
		return nil, problem.New(problem.Invalid, "A JSON Patch is an array of operations. Put the operations between [ and ].")
	}
	if err := tooMany(ops.Len()); err != nil {
		return nil, err
	}
	p := start(t, patch)
	i := 0
	for op := range ops.Each() {
		if err := p.json(op); err != nil {
			return nil, inOperation(i, op.Get("op").Str(), op.Get("path").Str(), err)
		}
		i++
	}
	return p.cur.Bytes(), nil
}

func (p *patcher) json(op fhir.Node) error {
	if op.Kind() != fhir.Object {
		return invalid("it must be an object with op and path.")
	}
	if op.Get("op").Kind() != fhir.String {
		return invalid("op is missing. Use add, remove, replace, move, copy or test.")
	}
	path, err := pointer(op, "path")
	if err != nil {
		return err
	}
	switch what := op.Get("op").Str(); what {
	case "add", "replace", "test":
		value := op.Get("value")
		if !value.Exists() {
			return invalid("value is missing. Add a member called value.")
		}
		switch what {
		case "add":
			return p.add(path, value.Raw())
		case "replace":
			return p.replace(path, value)
		}
		return p.test(path, value)
	case "remove":
		return p.remove(path)
	case "move", "copy":
		from, err := pointer(op, "from")
		if err != nil {
			return err
		}
		if what == "copy" {
			return p.copy(from, path)
		}
		return p.move(from, path)
	}
	return invalid("op is not one that JSON Patch has. Use add, remove, replace, move, copy or test.")
}

func (p *patcher) add(path []string, raw []byte) error {
	if len(path) == 0 {
		return p.change(whole(p.root(), raw))
	}
	last := path[len(path)-1]
	holder, err := p.find(path[:len(path)-1])
	if err != nil {
		return err
	}
	switch holder.Kind() {
	case fhir.Object:
		if have := holder.Get(last); have.Exists() {
			return p.change(whole(have, raw))
		}
		text := append(append(fhir.AppendString(nil, last), ':'), raw...)
		return p.change(fhir.Insert(holder, fhir.Node{}, text))
	case fhir.Array:
		if last == "-" {
			return p.change(fhir.Insert(holder, fhir.Node{}, raw))
		}
		i, err := index(last)
		if err != nil {
			return err
		}
		before := holder.At(i)
		if !before.Exists() && i != holder.Len() {
			return refused("the array has only %d items. Use - as the last part of the path to add at the end.", holder.Len())
		}
		return p.change(fhir.Insert(holder, before, raw))
	}
	return refused("the path leads into a value that is neither object nor array. Check the path.")
}

func (p *patcher) replace(path []string, value fhir.Node) error {
	n, err := p.find(path)
	if err != nil {
		return err
	}
	return p.change(whole(n, value.Raw()))
}

func (p *patcher) remove(path []string) error {
	if len(path) == 0 {
		return refused("the whole document cannot be removed. Delete the resource instead.")
	}
	n, err := p.find(path)
	if err != nil {
		return err
	}
	return p.change(fhir.Cut(nil, n.Parent(), func(c fhir.Node) bool { return c == n })...)
}

func (p *patcher) copy(from, path []string) error {
	n, err := p.find(from)
	if err != nil {
		return err
	}
	return p.add(path, n.Raw())
}

func (p *patcher) move(from, path []string) error {
	n, err := p.find(from)
	if err != nil {
		return err
	}
	if len(path) >= len(from) && equalPaths(path[:len(from)], from) {
		if len(path) > len(from) {
			return refused("a value cannot be moved into itself. Choose another path.")
		}
		return nil
	}
	raw := n.Raw()
	if err := p.remove(from); err != nil {
		return err
	}
	return p.add(path, raw)
}

func (p *patcher) test(path []string, value fhir.Node) error {
	n, err := p.find(path)
	if err != nil {
		return err
	}
	if !equal(n, value) {
		return refused("the value there is not the one that the test names. Read the resource again, then decide.")
	}
	return nil
}

// whole is the edit that puts raw in the place of a value.
func whole(n fhir.Node, raw []byte) fhir.Edit {
	from, to := n.Span()
	return fhir.Edit{From: from, To: to, With: raw}
}

func equalPaths(a, b []string) bool {
	return strings.Join(a, "/") == strings.Join(b, "/") && len(a) == len(b)
}
