using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpFunctions.TestServers;

/// <summary>A certificate of this machine's loopback address, for servers that speak TLS. A process trusts it by <see cref="Trust"/>.</summary>
public sealed class TestCertificate : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes a certificate and its key.</summary>
    public TestCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        // It is its own authority.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        Directory.CreateDirectory(NoCertificates);
    }

    /// <summary>The certificate as a PEM file.</summary>
    public string CertificateFile => Path.Combine(_folder.Path, "certificate.pem");

    /// <summary>The private key as a PEM file.</summary>
    public string KeyFile => Path.Combine(_folder.Path, "key.pem");

    /// <summary>The environment of a process that trusts this certificate and no other.</summary>
    public IReadOnlyDictionary<string, string?> Trust => new Dictionary<string, string?> { ["SSL_CERT_FILE"] = CertificateFile, ["SSL_CERT_DIR"] = NoCertificates };

    private string NoCertificates => Path.Combine(_folder.Path, "none");

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
