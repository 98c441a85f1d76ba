package trial

import (
	"net"
	"sync"
	"time"
)

// readSize is how much is read at once, in bytes. At full speed some hundred
// frames come in one read, which is what makes reading cheap.
const readSize = 64 << 10

// use takes what it can of data, which was read at that time, and says how much.
// What it left comes again with more behind it.
type use func(at time.Time, data []byte) (used int, err error)

// reader reads a connection to its end.
type reader interface {
	// run hands over everything, beginning with early, and returns why it ended.
	run(early []byte, use use) error
}

// buffers are shared by all connections: only one with something to read has one,
// so ten thousand of them need no more memory, nor cache, than a few.
//
//nolint:gochecknoglobals // a pool has no state that anybody could see
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// plainReader reads any connection into a buffer of its own.
type plainReader struct{ conn net.Conn }

func (r plainReader) run(early []byte, use use) error {
	buf := make([]byte, max(readSize, 2*len(early)))
	kept := copy(buf, early)
	for {
		if kept == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
		n, err := r.conn.Read(buf[kept:])
		if n > 0 {
			data := buf[:kept+n]
			used, err := use(time.Now(), data)
			if err != nil {
				return err
			}
			kept = copy(buf, data[used:])
		}
		if err != nil {
			return err
		}
	}
}
