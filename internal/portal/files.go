package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist is what `make assets` built. In a tree where it was not built there is
// only a mark that keeps the folder, and pages come without a style.
//
//go:embed all:dist
var dist embed.FS

// script is ours, and is there without building anything.
//
//go:embed script/passkey.js script/receipt.js script/check.js script/dense.js script/growth.js
var script embed.FS

// filesAt is where files lie that pages ask for.
const filesAt = "/assets/"

// file is one of them. Its name holds a part of its hash, so that a browser
// may keep it for ever.
type file struct {
	kind string
	body []byte
}

// readFiles reads what pages ask for, and notes where each lies.
func (p *Portal) readFiles() error {
	p.files = map[string]*file{}
	read := func(from embed.FS, name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		body, err := from.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(name)
		at := filesAt + strings.TrimSuffix(d.Name(), ext) + "-" + hex.EncodeToString(sum[:8]) + ext
		p.files[at] = &file{kind: mime.TypeByExtension(ext), body: body}
		switch d.Name() {
		case "bevan.css":
			p.style = at
		case "passkey.js":
			p.script = at
		case "receipt.js":
			p.verifier = at
		case "check.js":
			p.checker = at
		case "dense.js":
			p.denser = at
		case "growth.js":
			p.pincher = at
		case "uplot.js":
			p.plot = at
		}
		return nil
	}
	for _, from := range []embed.FS{dist, script} {
		err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error { return read(from, name, d, err) })
		if err != nil {
			return err
		}
	}
	return nil
}

// sendFile answers with a file. Files are the same for everybody.
func sendFile(v *visit) error {
	f := v.p.files[v.r.URL.Path]
	if f == nil {
		return nothing(v)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(v.ResponseWriter, v.r, "", time.Time{}, bytes.NewReader(f.body))
	return nil
}
