import JSON
import Tenure

/// A package as its person is handed it: what is in it, and what that says.
///
/// What streams it writes one without files, and puts them into its list one by one: a package may be
/// large. So the files stand last.
package struct PackageDownload: View, Shaped {
  package let package: PackageView
  package let files: [PackageFile]

  package init(_ package: PackageView, files: [PackageFile] = []) {
    self.package = package
    self.files = files
  }

  package static let shape = Shape<PackageDownload>(
    "PackageDownload", "The data that was asked for.", after: PackageView.shape, of: \.package
  ) {
    Member("files", \.files, .list(.object(PackageFile.shape)))
  }
}

/// A file of a package.
package struct PackageFile: View, Shaped {
  package let name: String
  package let content: String

  package init(name: String, content: String) {
    self.name = name
    self.content = content
  }

  package static let shape = Shape<PackageFile>("PackageFile", "A file.") {
    Member("name", \.name, .string, example: "1-account.json")
    Member(
      "content", \.content, .string, "JSON, as text: its digest stands in the manifest.",
      example: "{}")
  }
}

extension Shapes {
  static let packageDownload: [Component] = [
    PackageDownload.shape.component, PackageFile.shape.component,
  ]
}
