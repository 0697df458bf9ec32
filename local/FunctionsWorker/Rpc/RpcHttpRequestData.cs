using System.Net;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Text;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>A request as the host's message holds it; each part is made when it is first asked for.</summary>
internal sealed class RpcHttpRequestData(RpcHttp http, FunctionContext context) : HttpRequestData(context)
{
    private Stream? _body;
    private HttpHeadersCollection? _headers;
    private IReadOnlyCollection<IHttpCookie>? _cookies;
    private Uri? _url;
    private ClaimsIdentity[]? _identities;

    public override string Method => http.Method;

    public override Uri Url => _url ??= new Uri(http.Url);

    public override Stream Body => _body ??= OpenBody();

    public override HttpHeadersCollection Headers => _headers ??= new HttpHeadersCollection(
        http.NullableHeaders.Select(header => KeyValuePair.Create(header.Key, header.Value.Value)));

    public override IReadOnlyCollection<IHttpCookie> Cookies => _cookies ??= ReadCookies();

    public override IEnumerable<ClaimsIdentity> Identities => _identities ??= [.. http.Identities.Select(ToIdentity)];

    public override HttpResponseData CreateResponse() => new RpcHttpResponseData(FunctionContext, HttpStatusCode.OK);

    // A stream over the message's own bytes: a body of 100 MB is in memory once.
    private MemoryStream OpenBody()
    {
        var bytes = http.Body?.DataCase switch
        {
            null or TypedData.DataOneofCase.None => ReadOnlyMemory<byte>.Empty,
            TypedData.DataOneofCase.Bytes => http.Body.Bytes.Memory,
            TypedData.DataOneofCase.String => Encoding.UTF8.GetBytes(http.Body.String),
            TypedData.DataOneofCase.Json => Encoding.UTF8.GetBytes(http.Body.Json),
            var other => throw new NotSupportedException($"A request's body cannot be of kind '{other}'."),
        };
        return MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array ?? [], array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
    }

    private HttpCookie[] ReadCookies()
    {
        if (!Headers.TryGetValues("Cookie", out var values))
            return [];

        return
        [
            .. from value in values
               from pair in value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
               let split = pair.IndexOf('=')
               where split > 0
               select new HttpCookie(pair[..split].TrimEnd(), pair[(split + 1)..].TrimStart()),
        ];
    }

    private static ClaimsIdentity ToIdentity(RpcClaimsIdentity identity) => new(
        identity.Claims.Select(claim => new Claim(claim.Type, claim.Value)),
        identity.AuthenticationType?.Value,
        identity.NameClaimType?.Value,
        identity.RoleClaimType?.Value);
}
