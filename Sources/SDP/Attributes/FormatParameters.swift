// SPDX-License-Identifier: GPL-3.0-or-later

/// The parameters of an `a=fmtp` line, in order: `name=value` pairs parted by semicolons, or bare text such as `0-15`.
package struct FormatParameters: Hashable, Sendable {
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var value: String?

        package init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    package var parameters: [Parameter]

    package init(_ parameters: [Parameter] = []) { self.parameters = parameters }

    /// Reads what follows the format; spaces round the pairs and empty pairs are forgiven.
    package init(parsing text: some StringProtocol) {
        parameters = text.parts(separatedBy: UInt8(ascii: ";")).compactMap { part in
            let (name, value) = part.cut(at: UInt8(ascii: "="))
            let parameter = Parameter(name.trimmed, value?.trimmed)
            return parameter.name.isEmpty && parameter.value == nil ? nil : parameter
        }
    }

    package var isEmpty: Bool { parameters.isEmpty }

    /// The value of a parameter, whose name is compared without regard to case.
    package func value(_ name: String) -> String? {
        let wanted = name.lowercased()
        return parameters.first { $0.name.lowercased() == wanted }?.value
    }

    package func number(_ name: String) -> Int? { value(name)?.decimal }

    package var value: String {
        parameters.map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
            .joined(separator: ";")
    }
}
