// SPDX-License-Identifier: GPL-3.0-or-later

/// Text from the network, fit to be drawn on one line.
enum PrintableText {
    /// No name needs more, and a megabyte of name must not cost a megabyte of glyphs.
    static let longest = 80

    /// Without what has no shape or changes that of others; white space becomes one blank.
    static func scalars(of text: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            guard scalars.count < longest else { break }
            if scalar.properties.isWhitespace {
                if scalars.last != " ", !scalars.isEmpty { scalars.append(" ") }
                continue
            }
            switch scalar.properties.generalCategory {
            // Direction marks among them: a name must not turn round what stands beside it.
            case .control, .format, .surrogate, .privateUse, .unassigned: continue
            default: scalars.append(scalar)
            }
        }
        if scalars.last == " " { scalars.removeLast() }
        return scalars
    }
}
