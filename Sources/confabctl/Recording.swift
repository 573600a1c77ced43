// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import OperatorAPI

struct Recordings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List recordings, the latest first.",
        discussion: """
            They are Opus in Matroska, with VP8 where there are pictures: ffplay, mpv, VLC
            and browsers play them.

            KINDS
              video    all in one picture, and what they say
              audio    what all say
              tracks   what one member says
            """)

    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let files = try await client.recordings()
            options.show(files) { _ in RecordText.recordings(files, now: .now, colours: Output.hasColours) }
        }
    }
}
