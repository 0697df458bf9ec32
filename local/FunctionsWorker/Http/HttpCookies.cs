namespace Microsoft.Azure.Functions.Worker.Http;

/// <summary>The cookies that a response sets.</summary>
public abstract class HttpCookies
{
    /// <summary>Initializes the cookies.</summary>
    protected HttpCookies()
    {
    }

    /// <summary>Adds a session cookie.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public abstract void Append(string name, string value);

    /// <summary>Adds a cookie.</summary>
    /// <param name="cookie">The cookie.</param>
    public abstract void Append(IHttpCookie cookie);

    /// <summary>Makes a cookie without adding it.</summary>
    /// <returns>The cookie.</returns>
    public abstract IHttpCookie CreateNew();
}
