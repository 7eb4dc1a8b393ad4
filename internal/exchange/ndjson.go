package exchange

import "bytes"

// appendLine appends a JSON document as one line of NDJSON. Line ends can only
// stand between the tokens of valid JSON, where white space means nothing; a
// document without any is copied as it is.
func appendLine(dst, doc []byte) []byte {
	if bytes.IndexByte(doc, '\n') < 0 && bytes.IndexByte(doc, '\r') < 0 {
		return append(append(dst, doc...), '\n')
	}
	inside := false
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		if inside {
			dst = append(dst, c)
			switch c {
			case '\\':
				if i++; i < len(doc) {
					dst = append(dst, doc[i])
				}
			case '"':
				inside = false
			}
			continue
		}
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case '"':
			inside = true
		}
		dst = append(dst, c)
	}
	return append(dst, '\n')
}
