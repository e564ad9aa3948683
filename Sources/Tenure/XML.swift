extension String {
  /// The text escaped for XML (1.0, section 2.4), for use between tags or in an attribute.
  var escapedForXML: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
