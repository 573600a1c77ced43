// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
import SIP

// Accounts, as operators see them (`confabctl user`).
extension Focus {
    package func users() -> [UserSummary] {
        let now = ContinuousClock.now
        return login.users.values.sorted { $0.name < $1.name }.map { account in
            UserSummary(
                name: account.name, displayName: account.displayName, created: account.created,
                isUsable: account.realm == login.digest.realm,
                places: login.registrar.bindings(of: account.name, now: now).map(\.contact.uri.description))
        }
    }

    package func setUser(
        _ name: String, displayName: String?, password: String, isNew: Bool, by operatorName: String
    ) throws(ControlError) -> UserSummary {
        guard !name.isEmpty, name.utf8.count <= 64,
            !name.unicodeScalars.contains(where: { $0.value < 0x21 || $0 == "@" })
        else { throw .invalid("A user name has 1 to 64 bytes, no spaces and no @") }
        guard password.count >= 4 else { throw .invalid("A password has at least 4 characters") }
        let before = login.users[name]
        if isNew, before != nil { throw .conflict("User \(name) exists already: use password") }
        if !isNew, before == nil { throw .invalid("There is no user \(name): use add") }
        let realm = login.digest.realm
        let account = UserAccount(
            name: name, displayName: displayName ?? before?.displayName, realm: realm,
            md5: DigestAlgorithm.md5.secret(user: name, realm: realm, password: password),
            sha256: DigestAlgorithm.sha256.secret(user: name, realm: realm, password: password),
            created: before?.created ?? Date())
        login.users[name] = account
        login.accounts.forget(name)
        store.keep(.user(account))
        audit(isNew ? "user-add" : "user-password", room: nil, target: name, by: operatorName)
        return UserSummary(
            name: name, displayName: account.displayName, created: account.created, isUsable: true, places: [])
    }

    package func removeUser(_ name: String, by operatorName: String) throws(ControlError) {
        guard login.users.removeValue(forKey: name) != nil else { throw .invalid("There is no user \(name)") }
        login.accounts.forget(name)
        login.registrar.remove(name)
        store.keep(.places(user: name, []))
        store.keep(.userRemoved(name))
        audit("user-remove", room: nil, target: name, by: operatorName)
    }

    // MARK: Records, read beside the event loop

    package nonisolated func calls(_ query: RecordQuery) async throws(ControlError) -> [StoredCall] {
        do { return try await store.calls(query) } catch { throw .refused("\(error)") }
    }

    package nonisolated func audit(_ query: RecordQuery) async throws(ControlError) -> [AuditEntry] {
        do { return try await store.audit(query) } catch { throw .refused("\(error)") }
    }

    package nonisolated func messages(_ query: RecordQuery) async throws(ControlError) -> [ChatMessage] {
        do { return try await store.messages(query) } catch { throw .refused("\(error)") }
    }
}
