//go:build (desktop || dev) && !bindings

package app

import (
	"bytes"
	"context"
	"encoding/binary"
)

// untilTray returns at once: every desktop has one.
func untilTray(context.Context) bool { return true }

// trayIcon is the picture as an .ico file, which Windows wants; since Vista it may have
// a PNG in it.
func trayIcon() []byte {
	const header, entry = 6, 16
	var ico bytes.Buffer
	for _, v := range []any{
		uint16(0), uint16(1), uint16(1), // an icon, one picture
		uint8(128), uint8(128), uint8(0), uint8(0), // pixels each way, as icon.png has; no palette
		uint16(1), uint16(32), uint32(len(icon)), uint32(header + entry),
	} {
		_ = binary.Write(&ico, binary.LittleEndian, v) // a buffer takes all
	}
	ico.Write(icon)
	return ico.Bytes()
}
