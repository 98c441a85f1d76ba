package files_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"emitscope/backend/door/files"
)

// What it costs to write a message of 200 bytes in each format; reading it from the
// disk comes on top.
func BenchmarkWrite(b *testing.B) {
	for _, f := range files.Formats() {
		if f.Name == files.Own {
			continue
		}
		b.Run(f.Name, func(b *testing.B) {
			w, err := files.NewWriter(f.Name, io.Discard, about(), nil)
			if err != nil {
				b.Fatal(err)
			}
			rec := market()[0]
			rec.Payload = fmt.Appendf(nil, `{"p":"%s"}`, strings.Repeat("x", 192))
			b.ReportAllocs()
			for b.Loop() {
				rec.Seq++
				if err := w.Write(rec); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.End(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
