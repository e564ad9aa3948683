extension String {
  /// The text as it stands in a picture (XML 1.0 section 2.4), between tags or in an attribute.
  var escapedForXML: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
