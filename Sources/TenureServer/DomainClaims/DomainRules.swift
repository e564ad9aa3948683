import Foundation
import Tenure

/// What a name is judged by: the list of public suffixes and those of mail providers.
package final class DomainRules: Sendable {
  let suffixes: PublicSuffixList
  private let mailProviders: Set<String>

  /// Reads the lists; throws with a message for the operator where one is missing.
  init(_ configuration: Configuration) throws {
    let path = configuration["public_suffix_list"]
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Service.Failure(
        description: "public_suffix_list: \(path) cannot be read; install publicsuffix")
    }
    suffixes = PublicSuffixList(text: text)
    var providers = Set(Self.knownProviders.split(whereSeparator: \.isWhitespace).map(String.init))
    let further = configuration["mail_providers"]
    if !further.isEmpty {
      guard let text = try? String(contentsOfFile: further, encoding: .utf8) else {
        throw Service.Failure(description: "mail_providers: \(further) cannot be read")
      }
      providers.formUnion(text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init))
    }
    mailProviders = providers
  }

  /// Names the lists a decision was made by.
  var version: String {
    let list = suffixes.version.isEmpty ? "\(suffixes.count) rules" : suffixes.version
    return "public suffixes \(list), \(mailProviders.count) mail providers"
  }

  func judge(_ text: String) throws(DomainName.Refusal) -> DomainName {
    try DomainName(parsing: text, suffixes: suffixes) { mailProviders.contains($0) }
  }

  /// The providers most people have a private mailbox with; the setting `mail_providers` adds more.
  private static let knownProviders = """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com outlook.de
    hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.es live.co.uk live.de live.fr live.nl
    yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es
    yahoo.co.jp yahoo.co.in yahoo.com.br yahoo.ca yahoo.com.au aol.com aim.com verizon.net att.net
    icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de
    tuta.io tuta.com keemail.me gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.fr web.de freenet.de
    t-online.de posteo.de posteo.net mailbox.org arcor.de freemail.de mail.com email.com usa.com
    consultant.com engineer.com post.com zoho.com zohomail.com fastmail.com fastmail.fm hey.com
    runbox.com hushmail.com mailfence.com startmail.com disroot.org riseup.net yandex.com yandex.ru
    ya.ru mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru qq.com foxmail.com 163.com 126.com
    yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn naver.com hanmail.net daum.net
    kakao.com nate.com rediffmail.com indiatimes.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it alice.it tin.it
    tiscali.it telefonica.net terra.es btinternet.com sky.com virginmedia.com talktalk.net
    ntlworld.com blueyonder.co.uk o2.co.uk tiscali.co.uk comcast.net sbcglobal.net bellsouth.net
    cox.net charter.net earthlink.net juno.com netzero.net optonline.net shaw.ca rogers.com
    sympatico.ca bigpond.com optusnet.com.au xtra.co.nz ziggo.nl kpnmail.nl planet.nl home.nl
    hetnet.nl telenet.be skynet.be bluewin.ch swissonline.ch chello.at aon.at seznam.cz centrum.cz
    wp.pl onet.pl o2.pl interia.pl uol.com.br bol.com.br terra.com.br ig.com.br globo.com
    mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com temp-mail.org
    sharklasers.com getnada.com maildrop.cc dispostable.com
    """
}
