package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/jsontext"
)

// pattern is text with wildcards. Looking for it takes one pass, whatever the text
// is (Knuth, Morris and Pratt): a viewer's query runs on the emitter's time, and
// must not be able to make a long payload cost more than its length.
type pattern struct {
	pieces      []piece // what stands between the stars, in order
	openStart   bool    // the first may come after anything ...
	openEnd     bool    // ... and anything after the last
	isAnyLetter bool    // A and a are the same
}

// piece is one text to be found.
type piece struct {
	runes []rune
	// back[i] is how much of the piece is matched when i runes were and the next
	// is another: the longest beginning of it that these runes end with.
	back []int
}

// newPattern reads text in which each * stands for any characters.
func newPattern(glob string) *pattern {
	p := &pattern{openStart: strings.HasPrefix(glob, "*"), openEnd: strings.HasSuffix(glob, "*")}
	for text := range strings.SplitSeq(glob, "*") {
		if text != "" {
			p.pieces = append(p.pieces, newPiece([]rune(text)))
		}
	}
	return p
}

// newSearch returns the pattern that is met wherever the text stands, in capital
// letters or small ones. glob says that * is a wildcard in it.
func newSearch(text string, glob bool) *pattern {
	p := &pattern{openStart: true, openEnd: true, isAnyLetter: true}
	parts := []string{text}
	if glob {
		parts = strings.Split(text, "*")
	}
	for _, part := range parts {
		if part != "" {
			runes := []rune(part)
			for i, r := range runes {
				runes[i] = small(r)
			}
			p.pieces = append(p.pieces, newPiece(runes))
		}
	}
	return p
}

func newPiece(runes []rune) piece {
	back := make([]int, len(runes)+1)
	for i, k := 1, 0; i < len(runes); i++ {
		for k > 0 && runes[i] != runes[k] {
			k = back[k]
		}
		if runes[i] == runes[k] {
			k++
		}
		back[i+1] = k
	}
	return piece{runes, back}
}

// small returns r as a small letter. The few that would become ASCII only then,
// such as the sign for kelvin, stay what they are.
func small(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if s := unicode.ToLower(r); s >= utf8.RuneSelf {
		return s
	}
	return r
}

// found reports whether all of text is as the pattern says. In text that is
// escaped, the escapes of JSON count as the characters they stand for.
func found[T string | []byte](p *pattern, text T, escaped bool) bool {
	piece, matched := 0, 0
	for at := 0; at < len(text); {
		if piece == len(p.pieces) {
			return p.openEnd // there is more text
		}
		r, n := runeAt(text, at, escaped)
		at += n
		if p.isAnyLetter {
			r = small(r)
		}
		now := &p.pieces[piece]
		isFixed := piece == 0 && !p.openStart
		for matched > 0 && !isFixed && (matched == len(now.runes) || now.runes[matched] != r) {
			matched = now.back[matched]
		}
		switch {
		case matched < len(now.runes) && now.runes[matched] == r:
			matched++
		case isFixed:
			return false
		}
		mustEnd := piece == len(p.pieces)-1 && !p.openEnd && !isFixed
		if matched == len(now.runes) && !mustEnd {
			piece, matched = piece+1, 0
		}
	}
	last := len(p.pieces) - 1
	return piece > last || piece == last && matched == len(p.pieces[last].runes)
}

// runeAt decodes the character at a byte of text, which has one there.
func runeAt[T string | []byte](text T, at int, escaped bool) (r rune, size int) {
	c := text[at]
	if c < utf8.RuneSelf && (c != '\\' || !escaped) {
		return rune(c), 1
	}
	const longest = len(`\ud83d\ude00`)
	var few [longest]byte
	n := copy(few[:], text[at:])
	if c == '\\' {
		return jsontext.Rune(few[:n])
	}
	return utf8.DecodeRune(few[:n])
}

// compareText compares what stands between the quotes of a JSON string with text,
// character by character.
func compareText(content []byte, text string) int {
	at := 0
	for len(text) > 0 {
		if at == len(content) {
			return -1
		}
		r, n := runeAt(content, at, true)
		at += n
		want, n := utf8.DecodeRuneInString(text)
		text = text[n:]
		if r != want {
			return int(r - want)
		}
	}
	return len(content) - at
}
