#include "libobs/net/digest.h"

#include "libobs/net/openssl_functions.h"

namespace obs::net {

Result<Sha256> sha256(std::string_view text) {
  OBS_TRY(const openssl::Functions* ssl, openssl::load());
  Sha256 out;
  ssl->SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
              reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace obs::net
