// OpenSSL, opened late: linked in, it would cost every daemon three milliseconds at start and 1.7
// MB, though few of them ever speak TLS. For this module's own files.

#pragma once

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "libobs/base/result.h"

namespace obs::net::openssl {

// Every function that we or our tests call, once. Those of libcrypto are found through libssl.
#define OBS_OPENSSL_FUNCTIONS(USE)        \
  USE(ASN1_STRING_get0_data)              \
  USE(ASN1_STRING_length)                 \
  USE(BIO_clear_flags)                    \
  USE(BIO_ctrl_pending)                   \
  USE(BIO_get_data)                       \
  USE(BIO_meth_new)                       \
  USE(BIO_meth_set_ctrl)                  \
  USE(BIO_meth_set_read)                  \
  USE(BIO_meth_set_write)                 \
  USE(BIO_new)                            \
  USE(BIO_read)                           \
  USE(BIO_s_mem)                          \
  USE(BIO_set_data)                       \
  USE(BIO_set_flags)                      \
  USE(BIO_set_init)                       \
  USE(BIO_write)                          \
  USE(ERR_clear_error)                    \
  USE(ERR_get_error)                      \
  USE(ERR_reason_error_string)            \
  USE(GENERAL_NAMES_free)                 \
  USE(OPENSSL_sk_num)                     \
  USE(OPENSSL_sk_value)                   \
  USE(SHA256)                             \
  USE(SSL_CTX_check_private_key)          \
  USE(SSL_CTX_ctrl)                       \
  USE(SSL_CTX_free)                       \
  USE(SSL_CTX_load_verify_locations)      \
  USE(SSL_CTX_new)                        \
  USE(SSL_CTX_set_alpn_select_cb)         \
  USE(SSL_CTX_set_client_CA_list)         \
  USE(SSL_CTX_set_default_verify_paths)   \
  USE(SSL_CTX_set_options)                \
  USE(SSL_CTX_set_session_id_context)     \
  USE(SSL_CTX_set_verify)                 \
  USE(SSL_CTX_use_PrivateKey_file)        \
  USE(SSL_CTX_use_certificate_chain_file) \
  USE(SSL_connect)                        \
  USE(SSL_ctrl)                           \
  USE(SSL_do_handshake)                   \
  USE(SSL_free)                           \
  USE(SSL_get0_param)                     \
  USE(SSL_get1_peer_certificate)          \
  USE(SSL_get_error)                      \
  USE(SSL_get_verify_result)              \
  USE(SSL_load_client_CA_file)            \
  USE(SSL_new)                            \
  USE(SSL_pending)                        \
  USE(SSL_read)                           \
  USE(SSL_set1_host)                      \
  USE(SSL_set_accept_state)               \
  USE(SSL_set_bio)                        \
  USE(SSL_set_fd)                         \
  USE(SSL_shutdown)                       \
  USE(SSL_write)                          \
  USE(TLS_client_method)                  \
  USE(TLS_server_method)                  \
  USE(X509_NAME_get_text_by_NID)          \
  USE(X509_VERIFY_PARAM_set1_ip_asc)      \
  USE(X509_free)                          \
  USE(X509_get_ext_d2i)                   \
  USE(X509_get_subject_name)              \
  USE(X509_verify_cert_error_string)

// Under OpenSSL's own names, with the types its headers give them.
struct Functions {
#define OBS_OPENSSL_MEMBER(name) decltype(&::name) name = nullptr;
  OBS_OPENSSL_FUNCTIONS(OBS_OPENSSL_MEMBER)
#undef OBS_OPENSSL_MEMBER
};

// Opens the library at the first call; it stays for the whole process. Any thread. kUnsupported: it
// is not installed, or lacks a function.
Result<const Functions*> load();

}  // namespace obs::net::openssl
