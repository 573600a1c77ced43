// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference

/// Records page by page: the focus gives only so many in one answer.
package enum RecordPages {
    /// All that a query means, the latest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many; nil for all that there are.
    ///   - size: of a page.
    ///   - fetch: gets one page.
    package static func all<Entry: Equatable>(
        _ query: RecordQuery, limit: Int?, size: Int = RecordQuery.most,
        _ fetch: (RecordQuery) async throws(OperatorClientError) -> [Entry]
    ) async throws(OperatorClientError) -> [Entry] {
        var entries: [Entry] = []
        var query = query
        while limit.map({ entries.count < $0 }) ?? true {
            query.limit = min(size, limit.map { $0 - entries.count } ?? size)
            let page = try await fetch(query)
            query.offset += page.count
            entries += page.dropFirst(overlap(entries, page))
            if page.count < query.limit { break }
        }
        return entries
    }

    /// Records that came meanwhile push the ones before them into the next page: how many of it are known.
    private static func overlap<Entry: Equatable>(_ known: [Entry], _ page: [Entry]) -> Int {
        guard let last = known.last, let index = page.lastIndex(of: last) else { return 0 }
        return page[...index].elementsEqual(known.suffix(index + 1)) ? index + 1 : 0
    }
}
