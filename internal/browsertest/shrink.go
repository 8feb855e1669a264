package browsertest

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

// Shrink gives a PNG picture a palette of 256 colours: a third of the size, and no difference to see on pages of a few
// flat colours.
func Shrink(picture []byte) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	bounds := decoded.Bounds()
	full := image.NewRGBA(bounds) // of one known type, whose pixels can be read without asking for each
	draw.Draw(full, bounds, decoded, bounds.Min, draw.Src)
	flat := image.NewPaletted(bounds, paletteOf(full))
	nearest := map[color.RGBA]uint8{}
	for i := range flat.Pix {
		c := pixel(full, i)
		index, ok := nearest[c]
		if !ok {
			index = uint8(flat.Palette.Index(c))
			nearest[c] = index
		}
		flat.Pix[i] = index
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat)
	return out.Bytes(), err
}

func pixel(m *image.RGBA, i int) color.RGBA {
	p := m.Pix[4*i : 4*i+4]
	return color.RGBA{p[0], p[1], p[2], p[3]}
}

const (
	colours = 256 // as many as one byte names
	flats   = 64  // of them the commonest as they are: the grounds, the inks
)

// paletteOf has the commonest colours, then the commonest of each shade that is left, so that a small green tick stays
// green beside all the greys at the edges of the letters.
func paletteOf(m *image.RGBA) color.Palette {
	var palette color.Palette
	seen := map[color.RGBA]bool{}
	for _, c := range byUse(m) {
		const shade = 0xf0
		near := color.RGBA{c.R & shade, c.G & shade, c.B & shade, c.A}
		if len(palette) < flats || len(palette) < colours && !seen[near] {
			palette = append(palette, c)
		}
		seen[near] = true
	}
	return palette
}

// byUse lists the colours of a picture, the commonest first.
func byUse(m *image.RGBA) []color.RGBA {
	uses := map[color.RGBA]int{}
	for i := range len(m.Pix) / 4 {
		uses[pixel(m, i)]++
	}
	return slices.SortedFunc(maps.Keys(uses), func(a, b color.RGBA) int { return cmp.Or(uses[b]-uses[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))) })
}
