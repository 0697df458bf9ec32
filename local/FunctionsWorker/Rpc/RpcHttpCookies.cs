using Google.Protobuf.WellKnownTypes;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker.Rpc;

internal sealed class RpcHttpCookies : HttpCookies
{
    private readonly List<RpcHttpCookie> _cookies = [];

    public IEnumerable<RpcHttpCookie> All => _cookies;

    public override void Append(string name, string value) => Append(new HttpCookie(name, value));

    public override void Append(IHttpCookie cookie)
    {
        ArgumentNullException.ThrowIfNull(cookie);
        _cookies.Add(new RpcHttpCookie
        {
            Name = cookie.Name,
            Value = cookie.Value,
            Domain = cookie.Domain is { } domain ? new NullableString { Value = domain } : null,
            Path = cookie.Path is { } path ? new NullableString { Value = path } : null,
            Expires = cookie.Expires is { } expires ? new NullableTimestamp { Value = Timestamp.FromDateTimeOffset(expires) } : null,
            Secure = cookie.Secure is { } secure ? new NullableBool { Value = secure } : null,
            HttpOnly = cookie.HttpOnly is { } httpOnly ? new NullableBool { Value = httpOnly } : null,
            SameSite = (RpcHttpCookie.Types.SameSite)cookie.SameSite,
            MaxAge = cookie.MaxAge is { } maxAge ? new NullableDouble { Value = maxAge } : null,
        });
    }

    public override IHttpCookie CreateNew() => new HttpCookie("", "");
}
