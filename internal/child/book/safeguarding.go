package book

import (
	"encoding/base64"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/label"
)

// SafeguardingTag marks the notes that professionals write for each other.
const SafeguardingTag = "safeguarding-note"

// Safeguarding is a note that only professionals see: a document of plain text,
// withheld by its label from the child and whoever acts for them
// (label.ProfessionalsOnly). Nothing else refers to it, so that nothing tells of it.
func Safeguarding(name, text string) map[string]any {
	var marks []any
	for _, code := range []label.Set{label.ProfessionalsOnly, label.Safeguarding} {
		marks = append(marks, map[string]string{"system": label.Ours, "code": code.String()})
	}
	return map[string]any{"resourceType": "DocumentReference", "status": "current", "type": concept(name, Code{Own, SafeguardingTag}),
		"meta":    map[string]any{"tag": []any{map[string]string{"system": Own, "code": SafeguardingTag}}, "security": marks},
		"content": []any{map[string]any{"attachment": map[string]string{"contentType": "text/plain", "data": base64.StdEncoding.EncodeToString([]byte(text))}}}}
}

// PlainText is the text of a document that holds plain text; ok is false for one
// that does not.
func PlainText(t *fhir.Tree) (text string, ok bool) {
	a := t.Root().Get("content").At(0).Get("attachment")
	if !a.Get("contentType").Is("text/plain") {
		return "", false
	}
	b, err := base64.StdEncoding.DecodeString(a.Get("data").Str())
	return string(b), err == nil && len(b) > 0
}

// AddressKept says whether a Patient carries the label that keeps the address from
// whoever acts for them.
func AddressKept(t *fhir.Tree) bool {
	return label.Built().Of(t, 0)&label.AddressKept != 0
}

// Withheld says whether an entry carries the label that keeps it for professionals.
func Withheld(t *fhir.Tree) bool {
	return label.Built().Of(t, 0)&label.ProfessionalsOnly != 0
}
