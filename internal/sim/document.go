package sim

import "encoding/base64"

// letter writes a DocumentReference with a small letter inside: plain text, or
// one time in three HTML. Every letter says that it is made up.
func (l *life) letter(v *visit, is, why concept, body string) {
	html := l.count%3 == 0
	var page [900]byte
	text := page[:0]
	if html {
		text = append(text, "<!DOCTYPE html><html lang=\"en\"><title>Letter</title><body><p>Dear colleague,</p><p>"...)
	} else {
		text = append(text, "Dear colleague,\n\n"...)
	}
	text = append(append(append(text, "About "...), l.p.given...), ' ')
	text = append(append(text, l.p.family...), ", born "...)
	text = append(appendDay(text, l.p.born), ". Seen on "...)
	text = append(appendDay(text, v.day), ".\n"...)
	text = append(append(append(text, body...), "\nReason: "...), why.text()...)
	text = append(text, ".\n\nThis letter is made up. It is for demonstration and tests, and never for care.\n"...)
	if html {
		text = append(text, "</p></body></html>"...)
	}
	l.begin("DocumentReference", v.labels)
	l.raw(`,"status":"current","docStatus":"final","type":`).raw(string(is))
	l.subject("subject")
	l.field("date").time(v.day, 22*60+55)
	l.raw(`,"author":[`).place("Practitioner", v.by)
	l.raw(`],"custodian":`).place("Organization", v.org)
	l.raw(`,"description":"`).raw(is.text()).raw(`","content":[{"attachment":{"contentType":"`)
	l.raw([]string{"text/plain", "text/html"}[btoi(html)])
	l.raw(`","language":"en-GB","data":"`)
	l.buf = base64.StdEncoding.AppendEncode(l.buf, text)
	l.raw(`","title":"`).raw(is.text()).raw(`","creation":`).time(v.day, 22*60+55)
	l.raw(`}}],"context":{"encounter":[`).ref(v.ref).raw(`]}`)
	l.close()
}

// text is the text of a concept. It ends every rendered concept, and none of our
// texts has a character that JSON would escape.
func (c concept) text() string {
	s := string(c[:max(0, len(c)-2)])
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '"' {
			return s[i+1:]
		}
	}
	return s
}
