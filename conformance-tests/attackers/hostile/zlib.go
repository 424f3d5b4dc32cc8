package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
)

// deflated is a block of one name with a value of so many bytes, as SPDY compresses it but for the dictionary.
func deflated(size int) []byte {
	var packed bytes.Buffer
	compressor, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	block := make([]byte, 0, size+16)
	block = binary.BigEndian.AppendUint32(block, 1)
	block = binary.BigEndian.AppendUint32(block, 1)
	block = append(block, 'a')
	block = binary.BigEndian.AppendUint32(block, uint32(size))
	compressor.Write(append(block, make([]byte, size)...))
	compressor.Flush()
	return packed.Bytes()
}

func spdyStreams() []byte {
	var all []byte
	for stream := uint32(1); stream < 20000; stream += 2 {
		body := make([]byte, 10)
		binary.BigEndian.PutUint32(body, stream)
		all = append(all, spdyControl(1, 0, body)...)
	}
	return all
}
