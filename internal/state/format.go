package state

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// A record in the file is a checksum (CRC-32C, 4 bytes) over the key and what follows, the expiry (milliseconds since
// 1970, 8 bytes), and the data; numbers are big endian. The checksum tells a torn value, which is a reason to begin anew,
// from one that somebody has written, which a Table does not open. Without it, one torn value could refuse a whole
// population for ever: that of its limit.
const recordHeader = 4 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, rest []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, rest)
}

func encode(key []byte, r Record) []byte {
	return appendRecord(make([]byte, 0, recordHeader+len(r.Data)), key, r)
}

// appendRecord appends what encode makes of a record.
func appendRecord(b, key []byte, r Record) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Expires.UnixMilli()))
	b = append(b, r.Data...)
	binary.BigEndian.PutUint32(b[start:], checksum(key, b[start+4:]))
	return b
}

// decode gives a record whose data are a part of value.
func decode(key, value []byte) (Record, error) {
	if len(value) < recordHeader || binary.BigEndian.Uint32(value) != checksum(key, value[4:]) {
		return Record{}, fmt.Errorf("%w: a record is torn", errDamaged)
	}
	return Record{value[recordHeader:], time.UnixMilli(int64(binary.BigEndian.Uint64(value[4:])))}, nil
}
